# shellcheck shell=bash
# Everything that is checked without running anything: Rust's format and lints, the contracts, what has landed, the alarms, the shell
# scripts.

BUF_VERSION=1.75.0

# buf comes as a prebuilt program in an npm package; it lives in .artel/tools.
lint_need_buf() {
  BUF=$ARTEL/tools/buf-$BUF_VERSION/node_modules/.bin/buf
  if [[ -x $BUF ]]; then return; fi
  local part=$ARTEL/tools/buf.part log=$ARTEL/tools/buf.log
  mkdir -p -- "$ARTEL/tools"
  rm -rf -- "$part"
  step "fetching buf $BUF_VERSION with npm (once)"
  npm install --no-fund --no-audit --no-save --prefix "$part" "@bufbuild/buf@$BUF_VERSION" >"$log" 2>&1 </dev/null || {
    show_tail "$log"
    fail "npm could not fetch buf; its last words are above"
  }
  mv -- "$part" "$ARTEL/tools/buf-$BUF_VERSION"
}

# promtool is a part of Debian's package prometheus, whose installation would start a server of its own; so only the program is taken
# out of it, into .artel/tools.
lint_need_promtool() {
  if PROMTOOL=$(command -v promtool); then return; fi
  PROMTOOL=$ARTEL/tools/promtool
  if [[ -x $PROMTOOL ]]; then return; fi
  local part=$ARTEL/tools/promtool.part log=$ARTEL/tools/promtool.log
  rm -rf -- "$part"
  mkdir -p -- "$part"
  step "fetching promtool with apt-get (once)"
  {
    if ((EUID == 0)); then apt_get update; fi
    (cd -- "$part" && apt_get download prometheus && dpkg-deb -x prometheus_*.deb .)
  } >"$log" 2>&1 || {
    show_tail "$log"
    fail "apt-get could not fetch promtool; its last words are above" "Where there is no apt-get: put promtool, a part of Prometheus, into the PATH."
  }
  mv -- "$part/usr/bin/promtool" "$PROMTOOL"
  rm -rf -- "$part"
}

# Runs one check and goes on, so that one run shows everything that is wrong.
lint_check() {
  local what=$1
  shift
  step "lint: $what"
  if ! "$@" >&2; then
    LINT_FAILED+=("$what")
  fi
}

# `mesh lint [shell] [contracts] [landed] [alarms] [rust]`: all of them without arguments.
lint_command() {
  local part parts=("$@")
  if ((${#parts[@]} == 0)); then parts=(shell contracts landed alarms rust); fi
  LINT_FAILED=()
  git rev-parse --git-dir >/dev/null 2>&1 || fail "$ROOT is no git checkout: lint compares with what was landed" "Clone the repository instead of copying its files."
  need_packages build lint
  for part in "${parts[@]}"; do
    case $part in
      shell) lint_shell ;;
      contracts) lint_contracts ;;
      landed) lint_landed ;;
      alarms) lint_alarms ;;
      rust) lint_rust ;;
      *) fail "there is no lint of '$part'" "There are: shell contracts landed alarms rust" ;;
    esac
  done
  if ((${#LINT_FAILED[@]} > 0)); then
    fail "lint has found something in: ${LINT_FAILED[*]}" "See above. Formats are put right by: cargo fmt --all, and $ARTEL/tools/buf-$BUF_VERSION/node_modules/.bin/buf format -w proto"
  fi
  step "lint: all good"
}

lint_shell() {
  local scripts
  mapfile -d '' -t scripts < <(lint_shell_scripts)
  lint_check "shellcheck" shellcheck -x -a -P SCRIPTDIR "${scripts[@]}"
  lint_check "settings" lint_settings
}

# A setting that no service reads would be passed over in silence, and its default used instead.
lint_settings() {
  local name unknown=0
  while read -r name; do
    if ! grep -rqsF "\"$name\"" -- svc-*/src crates/*/src tools/*/src; then
      echo "tools/mesh/lib/services.sh sets $name, which no program reads"
      unknown=1
    fi
  done < <(grep -ohE '^ *(echo )?"?ARTEL_[A-Z_]+=' tools/mesh/lib/services.sh | grep -oE 'ARTEL_[A-Z_]+' | sort -u)
  return "$unknown"
}

lint_contracts() {
  lint_need_buf
  lint_check "buf-lint" "$BUF" lint
  lint_check "buf-format" "$BUF" format -d --exit-code proto
  lint_check "buf-breaking since the last landing" lint_breaking_landed
  lint_check "buf-breaking since the last commit" lint_breaking
}

lint_alarms() {
  lint_need_promtool
  lint_check "promtool: rules" "$PROMTOOL" check rules docs/runbook/alerts.yml
  lint_check "promtool: made-up series" "$PROMTOOL" test rules docs/runbook/alerts_test.yml
}

lint_rust() {
  need_rust
  lint_check "cargo-fmt" cargo fmt --all --check
  lint_check "cargo-clippy" cargo clippy --workspace --all-targets --quiet -- -D warnings
}

# Every tracked or new file that a shell runs. A library (a file without such a first line) is checked with what sources it.
lint_shell_scripts() {
  local file first
  while IFS= read -r -d '' file; do
    [[ -f $file && ! -L $file ]] || continue
    first=''
    IFS= read -r first 2>/dev/null <"$file" || true
    if [[ $first =~ ^\#!.*(bash|/sh)$ ]]; then printf '%s\0' "$file"; fi
  done < <(git ls-files -z --cached --others --exclude-standard)
}

# The contracts of the last landing lie in the repository, so that every clone compares with the same.
lint_breaking_landed() {
  local landed
  landed=$(landed_contracts)
  step "  against $landed"
  "$BUF" breaking proto --against "$landed"
}

# The state that the contracts must stay compatible with as well, since not every commit is a landing: what LINT_AGAINST names, else
# where this branch left origin/main, else HEAD where the contracts have changed since, else the commit before HEAD. Prints nothing
# where there is no such state.
lint_landed_state() {
  local head base
  if [[ -n ${LINT_AGAINST:-} ]]; then
    printf '%s' "$LINT_AGAINST"
    return
  fi
  head=$(git rev-parse --verify -q HEAD) || return 0
  if base=$(git merge-base HEAD origin/main 2>/dev/null) && [[ $base != "$head" ]]; then
    printf '%s' "$base"
  elif ! git diff --quiet HEAD -- proto; then
    printf '%s' "$head"
  else
    git rev-parse --verify -q HEAD~1 || true
  fi
}

lint_breaking() {
  local base
  base=$(lint_landed_state)
  if [[ -z $base ]]; then
    step "  skipped: this clone holds no earlier commit to compare with"
  elif ! git rev-parse --verify -q "$base^{commit}" >/dev/null; then
    step "  LINT_AGAINST is '$base', which names no commit of this clone"
    return 1
  elif ! git cat-file -e "$base:buf.yaml" 2>/dev/null; then
    step "  skipped: commit $(git rev-parse --short "$base") has no buf.yaml, so no contracts to compare with"
  else
    step "  against $(git log -1 --format='%h %s' "$base")"
    "$BUF" breaking --against ".git#ref=$(git rev-parse "$base")"
  fi
}
