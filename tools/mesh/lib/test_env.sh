# shellcheck shell=bash
# Tests and measurements, with the PostgreSQL and Kafka that all tests share (.artel/test). Both
# servers start empty, because no test may rely on what an earlier run left, and stay up until
# `test-env-down` if they were started by `test-env`, so that running one test again costs nothing.

# Starts the servers that do not run. Sets TEST_ENV_STARTED to them.
test_env_up() {
  need run kafka test
  use_test_place
  lock_place
  start_empty_servers
  if ((${#STARTED[@]} > 0)); then
    step "tests: PostgreSQL is ready on 127.0.0.1:$POSTGRES_PORT, Kafka on 127.0.0.1:$KAFKA_PORT"
  fi
  TEST_ENV_STARTED=("${STARTED[@]}")
  unlock_place
}

# Starts PostgreSQL and Kafka of PLACE, if they do not run, without the data of an earlier run.
start_empty_servers() {
  postgres_identity
  if ! process_lives postgres; then rm -rf -- "${POSTGRES_HOME:?}/data" "$POSTGRES_HOME/complete"; fi
  if ! process_lives kafka; then rm -rf -- "${PLACE:?}/kafka"; fi
  start postgres
  start kafka
  await postgres
  await kafka
}

# Runs a command with the variables that tests read, and ends with its exit code. Meanwhile another
# run in this checkout that ends first leaves the servers up.
with_test_env() {
  local status=0 name
  test_env_up
  exec {HELD}>>"$PLACE/run/held"
  flock -s "$HELD"
  # shellcheck source=/dev/null
  source <(test_env_print)
  "$@" || status=$?
  if flock -n -x "$HELD"; then
    for name in "${TEST_ENV_STARTED[@]}"; do process_stop "$name"; done
  else
    step "the tests' servers stay up, because another run uses them (tools/mesh/mesh test-env-down stops them)"
  fi
  STARTED=()
  exit "$status"
}

# Prints the variables that tests read, as shell code.
test_env_print() {
  printf 'export ARTEL_TEST_POSTGRES=postgres://postgres:%s@127.0.0.1:%s/postgres ARTEL_TEST_KAFKA=127.0.0.1:%s\n' \
    "$(secret postgres)" "$POSTGRES_PORT" "$KAFKA_PORT"
}

test_env_command() {
  test_env_up
  test_env_print
  STARTED=()
}

test_env_down_command() {
  use_test_place
  lock_place
  process_signal kafka TERM
  process_stop postgres
  process_stop kafka
  unlock_place
  infra_all_down
  step "the tests' PostgreSQL and Kafka are down"
}

# Sets PROFILE to cargo's arguments: with RELEASE=1 tests and programs are as fast as a release, and
# keep assertions and fail points.
choose_test_profile() {
  PROFILE=()
  if [[ ${RELEASE:-} == 1 ]]; then PROFILE=(--profile checked); fi
}

# Builds the programs and the tests, and sets MESH_TESTS to the program of the whole-mesh tests.
# Always all of them in one build: for another selection cargo would choose other features, and
# build half of the workspace again.
build_tests() {
  choose_test_profile
  step "building the programs and their tests"
  if ! MESH_TESTS=$(cargo build --workspace --all-targets "${PROFILE[@]}" --message-format=json-render-diagnostics |
    grep -F '/tests/Cargo.toml"' | grep -oE '"executable":"[^"]+/it-[^"]+"' | cut -d '"' -f 4); then
    fail "the build failed; cargo's messages are above"
  fi
}

# `mesh test [ARGUMENT…]`: every test of the workspace, or those that the arguments to cargo test
# choose. Ends with cargo's exit code.
test_command() {
  need_rust
  need run kafka build test
  if [[ -d $(bin_dir)/deps ]]; then need_disk 2000; else need_disk 12000; fi
  with_test_env run_tests "$@"
}

run_tests() {
  local output=$PLACE/log/cargo-test.log scope=(--workspace) status=0
  choose_test_profile
  if [[ " $* " == *' -p '* || " $* " == *' --package '* ]]; then scope=(); fi
  # The whole-mesh tests start the services' programs.
  if ((${#scope[@]} > 0)); then build_tests; fi
  step "cargo test ${scope[*]} --no-fail-fast $* (log: $output)"
  cargo test "${scope[@]}" "${PROFILE[@]}" --no-fail-fast "$@" 2>&1 </dev/null | tee -- "$output" || status=${PIPESTATUS[0]}
  print_summary "$output"
  return "$status"
}

# Prints the failures once more at the end, and one line for all test programs together.
print_summary() {
  printf '\n'
  grep -E '^(test .* \.\.\. FAILED|error: )' -- "$1" || true
  awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$1"
}

# Invalid requests to every method of every service; tests/tests/it/fuzz.rs makes them.
fuzz_command() {
  if [[ -n ${N:-} ]]; then export ARTEL_FUZZ_CASES=$N; fi
  if [[ -n ${MINUTES:-} ]]; then export ARTEL_FUZZ_MINUTES=$MINUTES; fi
  if [[ -n ${SEED:-} ]]; then export ARTEL_FUZZ_SEED=$SEED; fi
  if [[ -n ${METHODS:-} ]]; then export ARTEL_FUZZ_METHODS=$METHODS; fi
  test_command --test it fuzz:: -- --nocapture
}

# Load over the whole mesh while processes are killed, on a PostgreSQL and a Kafka of its own. The
# same run is one of all tests.
chaos_command() {
  local number
  for number in "${KILLS:-0}" "${SEED:-0}"; do
    [[ $number =~ ^[0-9]+$ ]] ||
      fail "KILLS and SEED must be numbers, but one is '$number'" "For example: make chaos KILLS=300 SEED=7"
  done
  need_rust
  need run kafka build
  build_tests
  ARTEL_CHAOS_KILLS=${KILLS:-} ARTEL_CHAOS_SEED=${SEED:-} \
    "$MESH_TESTS" --exact chaos::chaos_loses_nothing_and_does_nothing_twice --nocapture
}

# The measurements of benches/, in the release profile.
bench_command() {
  export RELEASE=1
  need_rust
  need run kafka build
  build_programs
  with_test_env "$ROOT/benches/run" "$@"
}
