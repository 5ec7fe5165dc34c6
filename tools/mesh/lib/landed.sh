# shellcheck shell=bash
# Files that have landed and must stay as they are: golden payloads and contracts in
# proto/golden/<n>, and migrations. `.ci/landed` names the commit and the checksum of every such
# file.

GOLDEN=proto/golden
LANDED=.ci/landed

# `mesh golden`: writes the payloads that new or changed messages lack, into the landing that is
# still open.
golden_command() {
  need_rust
  need build
  step "writing missing payloads below $GOLDEN"
  ARTEL_WRITE_GOLDEN=1 cargo test --workspace --lib --quiet history::everything_stored >&2 ||
    fail "the golden payloads could not be written; cargo's messages are above"
  git status --short -- "$GOLDEN" >&2
}

# `mesh landed`: freezes today's contracts, payloads and migrations, if they are compatible with the
# landing before.
landed_command() {
  local image=$ARTEL/contracts.binpb next
  need_rust
  need build lint
  [[ -z $(git status --porcelain -- proto '*/migrations') ]] ||
    fail "proto or a migration has changes that are not committed" "Commit them first: a frozen file must be in the history."
  lint_command contracts landed
  step "checking every contract against the last landing"
  cargo test --workspace --lib --quiet history:: >&2 ||
    fail "today's contracts are not compatible with those that landed; see above"
  need_buf
  "$BUF" build proto --exclude-source-info -o "$image" || fail "buf could not build the contracts; its messages are above"
  if ! cmp -s -- "$image" "$(landed_contracts)"; then
    next=$(find "$GOLDEN" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' | sort -n | tail -n 1)
    if [[ -z $next || -f $GOLDEN/$next/contracts.binpb ]]; then next=$((next + 1)); fi
    mkdir -p -- "$GOLDEN/$next"
    mv -- "$image" "$GOLDEN/$next/contracts.binpb"
    sed -i '/^#/!d' "$GOLDEN/accepted.txt"
  fi
  {
    echo "# Written by: make landed. What was landed with this commit stays as it is."
    echo "# commit $(git rev-parse HEAD)"
    git ls-files -z --cached --others --exclude-standard -- "$GOLDEN/[0-9]*" '*/migrations/*' | sort -z | xargs -0 sha256sum --
  } >"$ARTEL/landed.part"
  mv -- "$ARTEL/landed.part" "$LANDED"
  step "frozen: $(grep -vc '^#' "$LANDED") files in $LANDED; commit it with $GOLDEN"
}

# The contracts of the last landing that is closed.
landed_contracts() {
  find "$GOLDEN" -path '*/[0-9]*/contracts.binpb' | sort -V | tail -n 1
}

lint_landed() {
  check "landed files are unchanged" landed_files_are_unchanged
  check "the rule for migrations works on its examples" rule_works
  check "new migrations keep what the running version needs" new_migrations_are_compatible
}

# A landed migration has run somewhere, and a landed payload is stored somewhere: a change here
# would not change it there.
landed_files_are_unchanged() {
  sha256sum --check --quiet --strict "$LANDED" || {
    echo "These files have landed. Revert the change: correct a migration by another one, a payload by another landing."
    return 1
  }
}

# During a roll-out, and after it is rolled back, the older version works on the new schema. A
# statement that removes something from it, or rejects something that it may write, must state above
# itself why this is harmless: `-- contract: why`.
new_migrations_are_compatible() {
  local file status=0
  while read -r file; do
    if [[ -f $file ]] && ! grep -qF -- "  $file" "$LANDED"; then contracting "$file" || status=1; fi
  done < <(git ls-files --cached --others --exclude-standard -- '*/migrations/*/up.sql')
  return "$status"
}

contracting() { awk -v file="$1" -f "$MESH/contracting.awk" "$1"; }

# The rule must accept one of the examples beside it, and name every statement of the other.
rule_works() {
  local examples=$MESH/contracting found
  contracting "$examples/expands.sql" || return 1
  found=$(contracting "$examples/contracts.sql" | wc -l) || true
  if ((found != $(grep -c ';$' "$examples/contracts.sql"))); then
    contracting "$examples/contracts.sql" || true
    echo "tools/mesh/contracting.awk does not name every statement of $examples/contracts.sql"
    return 1
  fi
}
