# shellcheck shell=bash
# Checks that run nothing of Artel: the shell scripts, the contracts, landed files, the alarms,
# Rust's format and lints.

BUF_VERSION=1.75.0
TYPOS_VERSION=1.52.0
RUMDL_VERSION=0.3.0
DENY_VERSION=0.20.2

# buf is a prebuilt program in an npm package; it lies in .artel/tools.
need_buf() {
  local folder=$ARTEL/tools/buf-$BUF_VERSION part=$ARTEL/tools/buf.part log=$ARTEL/tools/buf.log
  BUF=$folder/node_modules/.bin/buf
  if [[ -x $BUF ]]; then return; fi
  mkdir -p -- "$ARTEL/tools"
  rm -rf -- "$part"
  step "fetching buf $BUF_VERSION with npm (once)"
  npm install --no-fund --no-audit --no-save --prefix "$part" "@bufbuild/buf@$BUF_VERSION" >"$log" 2>&1 </dev/null || {
    show_tail "$log"
    fail "npm could not fetch buf; the end of its log is above"
  }
  mv -- "$part" "$folder"
}

# promtool is a part of Debian's package prometheus. Its installation would start a server, so only
# the program is taken out of it, into .artel/tools.
need_promtool() {
  local part=$ARTEL/tools/promtool.part log=$ARTEL/tools/promtool.log
  if PROMTOOL=$(command -v promtool); then return; fi
  PROMTOOL=$ARTEL/tools/promtool
  if [[ -x $PROMTOOL ]]; then return; fi
  rm -rf -- "$part"
  mkdir -p -- "$part"
  step "fetching promtool with apt-get (once)"
  {
    if ((EUID == 0)); then apt_get update; fi
    (cd -- "$part" && apt_get download prometheus && dpkg-deb -x prometheus_*.deb .)
  } >"$log" 2>&1 || {
    show_tail "$log"
    fail "apt-get could not fetch promtool; the end of its log is above" \
      "Where there is no apt-get: put promtool, a part of Prometheus, into the PATH."
  }
  mv -- "$part/usr/bin/promtool" "$PROMTOOL"
  rm -rf -- "$part"
}

# typos (spelling) and rumdl (Markdown) are prebuilt programs in Python packages.
need_prose_tools() {
  local folder=$ARTEL/tools/prose-$TYPOS_VERSION-$RUMDL_VERSION part=$ARTEL/tools/prose.part log=$ARTEL/tools/prose.log
  TYPOS=$folder/bin/typos RUMDL=$folder/bin/rumdl
  if [[ -x $TYPOS && -x $RUMDL ]]; then return; fi
  mkdir -p -- "$ARTEL/tools"
  rm -rf -- "$part"
  step "fetching typos $TYPOS_VERSION and rumdl $RUMDL_VERSION with pip (once)"
  python3 -m pip install --quiet --no-deps --target "$part" "typos==$TYPOS_VERSION" "rumdl==$RUMDL_VERSION" >"$log" 2>&1 </dev/null || {
    show_tail "$log"
    fail "pip could not fetch typos and rumdl; the end of its log is above"
  }
  mv -- "$part" "$folder"
}

# cargo-deny is built without optimisation: that takes a third of the time, and it runs for a second.
need_deny() {
  local folder=$ARTEL/tools/deny-$DENY_VERSION part=$ARTEL/tools/deny.part log=$ARTEL/tools/deny.log
  DENY=$folder/bin/cargo-deny
  if [[ -x $DENY ]]; then return; fi
  mkdir -p -- "$ARTEL/tools"
  rm -rf -- "$part"
  step "building cargo-deny $DENY_VERSION (once, a minute)"
  cargo install --quiet --locked --debug --root "$part" "cargo-deny@$DENY_VERSION" >"$log" 2>&1 </dev/null || {
    show_tail "$log"
    fail "cargo could not build cargo-deny; the end of its log is above"
  }
  mv -- "$part" "$folder"
}

# Runs one check and goes on after a failure, so that one run shows everything that is wrong.
check() {
  step "lint: $1"
  "${@:2}" >&2 || FAILED+=("$1")
}

# `mesh lint [PART…]`: all parts without arguments.
lint_command() {
  local part parts=("$@")
  if ((${#parts[@]} == 0)); then parts=(shell prose contracts landed alarms dependencies rust); fi
  FAILED=()
  git rev-parse --git-dir >/dev/null 2>&1 ||
    fail "$ROOT is no git checkout: lint compares with landed files" "Clone the repository instead of copying its files."
  need build lint
  for part in "${parts[@]}"; do
    case $part in
      shell | prose | contracts | landed | alarms | dependencies | rust) "lint_$part" ;;
      *) fail "there is no lint of '$part'" "There are: shell prose contracts landed alarms dependencies rust" ;;
    esac
  done
  if ((${#FAILED[@]} > 0)); then
    fail "lint failed: ${FAILED[*]}" \
      "See above. These repair formats: cargo fmt --all, and $ARTEL/tools/buf-$BUF_VERSION/node_modules/.bin/buf format -w proto"
  fi
  step "lint: all good"
}

# Every file that a shell runs; a library, which has no such first line, is checked with the script
# that sources it.
lint_shell() {
  local scripts
  mapfile -t scripts < <(git grep -lIE --untracked '^#!.*(bash|/sh)$')
  check "shellcheck" shellcheck -x -a -P SCRIPTDIR "${scripts[@]}"
}

lint_prose() {
  need_prose_tools
  check "typos" "$TYPOS" --format brief
  check "rumdl" "$RUMDL" check --quiet .
}

# Advisories are not checked here: they change without a commit.
lint_dependencies() {
  need_rust
  need_deny
  check "cargo-deny" "$DENY" --log-level error check bans licenses sources
}

lint_contracts() {
  need_buf
  check "buf-lint" "$BUF" lint
  check "buf-format" "$BUF" format -d --exit-code proto
  check "buf-breaking since the last landing" "$BUF" breaking proto --against "$(landed_contracts)"
  check "buf-breaking since the last commit" compatible_with_commit
}

lint_alarms() {
  need_promtool
  check "promtool: rules" "$PROMTOOL" check rules docs/runbook/alerts.yml
  check "promtool: test series" "$PROMTOOL" test rules docs/runbook/alerts_test.yml
}

lint_rust() {
  need_rust
  check "cargo-fmt" cargo fmt --all --check
  check "cargo-clippy" cargo clippy --workspace --all-targets --quiet -- -D warnings
}

# Not every commit is a landing, so the contracts must be compatible with a commit as well: with
# LINT_AGAINST, else with the commit where this branch left origin/main, else with HEAD if the
# contracts have changed since, else with the commit before HEAD.
compatible_with_commit() {
  local base=${LINT_AGAINST:-} head
  head=$(git rev-parse --verify -q HEAD) || return 0
  if [[ -z $base ]]; then
    base=$(git merge-base HEAD origin/main 2>/dev/null) || true
    if [[ -z $base || $base == "$head" ]]; then
      if git diff --quiet HEAD -- proto; then base=$(git rev-parse --verify -q HEAD~1) || true; else base=$head; fi
    fi
  fi
  if [[ -z $base ]]; then
    step "  skipped: this clone has no earlier commit to compare with"
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
