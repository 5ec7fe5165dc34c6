# shellcheck shell=bash
# A roll-out and its taking back, under load: svc-orders of an older commit (N), of the working tree (N+1), and N again, on the
# schema of a version after both. It runs on databases and topics of its own beside the tests' PostgreSQL and Kafka: a mesh that is
# up does not notice, and no load is left in its data.

# `mesh roll orders [COMMIT]`: from that commit, or the one that landed last.
roll_command() {
  local commit program status=0
  resolve_name "${1:-}"
  [[ $NAME == svc-orders ]] || fail "$NAME can't be rolled under load: there are callers for orders only" "For example: make roll SVC=orders"
  commit=$(roll_commit "${2:-}") || exit 1
  need_rust
  need_packages run kafka build
  need_disk 8000
  roll_build "$commit"
  step "building today's version, and the callers"
  cargo build --workspace --all-targets >&2 || fail "the build failed; cargo's words are above"
  program=$(mesh_tests)
  [[ -x $program ]] || fail "cargo did not say where the whole-mesh tests are"
  test_env_up
  test_env_hold
  # shellcheck source=/dev/null
  source <(test_env_print)
  step "N is $(git log -1 --format='%h (%s)' "$commit"), N+1 the working tree"
  ARTEL_ROLL_FROM=$(roll_place)/programs "$program" roll:: --nocapture || status=$?
  test_env_release
  exit "$status"
}

roll_place() {
  printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}/roll"
}

roll_commit() {
  local ref=${1:-} commit
  commit=${ref:-$(landed_commit)}
  [[ -n $commit ]] || fail "this clone does not hold the commit that landed last" "Name another one: make roll SVC=orders FROM=HEAD~10"
  git rev-parse --verify --quiet "$commit^{commit}" || fail "'$commit' names no commit of this clone"
}

# Builds the older program in a worktree and a target folder of their own, so that neither this checkout nor its programs change.
roll_build() {
  local commit=$1 place tree
  place=$(roll_place)
  tree=$place/tree
  if [[ $(cat -- "$place/programs/commit" 2>/dev/null) == "$commit" ]]; then return; fi
  step "building N: $(git log -1 --format='%h (%s)' "$commit"), some minutes the first time"
  rm -rf -- "$place/programs"
  mkdir -p -- "$place/programs"
  git worktree prune
  if [[ -e $tree ]]; then git worktree remove --force "$tree"; fi
  git worktree add --quiet --detach "$tree" "$commit"
  env -C "$tree" CARGO_TARGET_DIR="$place/target" cargo build --locked -p svc-orders >&2 ||
    fail "$(git rev-parse --short "$commit") does not build; cargo's words are above"
  git worktree remove --force "$tree"
  cp -- "$place/target/debug/svc-orders" "$place/programs/"
  printf '%s\n' "$commit" >"$place/programs/commit"
}
