# shellcheck shell=bash
# A roll-out and its reversal under load: svc-orders of an older commit (N), of the working tree
# (N+1), and N again, on the schema of a version after both. It has databases and topics of its own
# beside the tests' PostgreSQL and Kafka, so a running mesh is not disturbed.

# `mesh roll orders [COMMIT]`: from that commit, or the one that landed last.
roll_command() {
  local commit place=${CARGO_TARGET_DIR:-$ROOT/target}/roll
  resolve_name "${1:-}"
  [[ $NAME == svc-orders ]] ||
    fail "$NAME cannot be rolled under load: there are callers for orders only" "For example: make roll SVC=orders"
  commit=${2:-$(awk '$1 == "#" && $2 == "commit" { print $3 }' "$LANDED")}
  commit=$(git rev-parse --verify --quiet "$commit^{commit}") ||
    fail "this clone has no commit '$commit'" "Name another one: make roll SVC=orders FROM=HEAD~10"
  need_rust
  need run kafka build
  need_disk 8000
  build_older "$commit" "$place"
  build_tests
  step "N is $(git log -1 --format='%h (%s)' "$commit"), N+1 the working tree"
  ARTEL_ROLL_FROM=$place/programs with_test_env "$MESH_TESTS" roll:: --nocapture
}

# Builds the older program in a worktree and a target folder of their own, so that neither this
# checkout nor its programs change.
build_older() {
  local commit=$1 place=$2 tree=$2/tree
  if [[ $(cat -- "$place/programs/commit" 2>/dev/null) == "$commit" ]]; then return; fi
  step "building N: $(git log -1 --format='%h (%s)' "$commit"), which takes some minutes the first time"
  rm -rf -- "$place/programs" "$tree"
  mkdir -p -- "$place/programs"
  git worktree prune
  git worktree add --quiet --detach "$tree" "$commit"
  env -C "$tree" CARGO_TARGET_DIR="$place/target" cargo build --locked -p svc-orders >&2 ||
    fail "$(git rev-parse --short "$commit") does not build; cargo's messages are above"
  git worktree remove --force "$tree"
  cp -- "$place/target/debug/svc-orders" "$place/programs/"
  printf '%s\n' "$commit" >"$place/programs/commit"
}
