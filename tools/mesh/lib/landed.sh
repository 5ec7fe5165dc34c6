# shellcheck shell=bash
# What has landed, and must go on fitting: golden payloads and contracts in proto/golden/<n>, and migrations. `.ci/landed` names the
# commit and the checksum of every file that is frozen since.

GOLDEN=proto/golden
LANDED=.ci/landed

# `mesh golden`: writes the payloads that new or changed messages lack, into the landing that is still open.
golden_command() {
  need_rust
  need_packages build
  step "writing what is missing below $GOLDEN"
  ARTEL_WRITE_GOLDEN=1 cargo test --workspace --lib --quiet history::everything_stored >&2 ||
    fail "the golden payloads could not be written; cargo's words are above"
  git status --short -- "$GOLDEN" >&2
}

# `mesh landed`: freezes today's contracts, payloads and migrations. Refuses what does not fit the landing before.
landed_command() {
  local image next
  need_rust
  need_packages build lint
  [[ -z $(git status --porcelain -- proto '*/migrations') ]] ||
    fail "proto or a migration has changes that are not committed" "Commit them first: what is frozen must be in the history."
  lint_command contracts landed
  step "asking every contract whether it fits the last landing"
  cargo test --workspace --lib --quiet history:: >&2 || fail "today's contracts do not fit what has landed; see above"
  lint_need_buf
  image=$ARTEL/contracts.binpb
  "$BUF" build proto --exclude-source-info -o "$image" || fail "buf could not build the contracts; its words are above"
  if ! cmp -s -- "$image" "$(landed_contracts)"; then
    next=$(landed_numbers | tail -n 1)
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

# The numbers of all landings, oldest first.
landed_numbers() {
  find "$GOLDEN" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -printf '%f\n' | sort -n
}

# The contracts of the last landing that is closed.
landed_contracts() {
  local number last=''
  while read -r number; do
    if [[ -f $GOLDEN/$number/contracts.binpb ]]; then last=$GOLDEN/$number/contracts.binpb; fi
  done < <(landed_numbers)
  printf '%s' "$last"
}

# The commit that was landed last, where this clone has it.
landed_commit() {
  local commit
  commit=$(awk '$1 == "#" && $2 == "commit" { print $3 }' "$LANDED")
  if git cat-file -e "$commit^{commit}" 2>/dev/null; then printf '%s' "$commit"; fi
}

lint_landed() {
  lint_check "landed files are unchanged" lint_frozen
  lint_check "the check of migrations names what contracts" lint_contracting
  lint_check "new migrations leave the running version what it needs" lint_migrations
}

# A landed migration has run somewhere, and a landed payload was written by somebody: changing either changes nothing there.
lint_frozen() {
  sha256sum --check --quiet --strict "$LANDED" || {
    echo "These have landed. Take the change back: a migration is corrected by another one, a payload by another landing."
    return 1
  }
}

# New migrations, one file a line.
new_migrations() {
  git ls-files --cached --others --exclude-standard -- '*/migrations/*/up.sql' | while read -r file; do
    if [[ -f $file ]] && ! grep -qF -- "  $file" "$LANDED"; then printf '%s\n' "$file"; fi
  done
}

# While a roll-out lasts, and after it is rolled back, the version before works on the new schema. What takes something away from
# it, or forbids something that it may write, must say why that does no harm: `-- contract: why`, right above the statement.
lint_migrations() {
  local file found=0
  while read -r file; do
    contracting "$file" || found=1
  done < <(new_migrations)
  return "$found"
}

contracting() { awk -v file="$1" -f "$MESH/contracting.awk" "$1"; }

# The examples beside it: of one nothing may be said, of the other every statement.
lint_contracting() {
  local examples=$MESH/contracting said
  contracting "$examples/expands.sql" || return 1
  said=$(contracting "$examples/contracts.sql" | wc -l) || true
  if ((said != $(grep -c ';$' "$examples/contracts.sql"))); then
    contracting "$examples/contracts.sql" || true
    echo "tools/mesh/contracting.awk does not name every statement of $examples/contracts.sql"
    return 1
  fi
}
