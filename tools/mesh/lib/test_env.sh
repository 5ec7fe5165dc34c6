# shellcheck shell=bash
# The tests' own PostgreSQL and Kafka, under .artel/test, and the run of all tests. Both servers start empty each time, since no
# test may rely on what an earlier run left, and stay up until `test-env-down`, so that running one test again costs nothing.

# Sets TEST_ENV_STARTED to what this call started.
test_env_up() {
  TEST_ENV_STARTED=()
  need_packages run kafka test
  use_test_place
  lock_place
  if ! process_lives postgres; then
    postgres_identity
    rm -rf -- "${POSTGRES_HOME:?}/data" "$POSTGRES_HOME/complete"
    postgres_start
  fi
  if ! process_lives kafka; then
    rm -rf -- "$PLACE/kafka"
    kafka_start
  fi
  postgres_await
  kafka_await
  if ((${#STARTED[@]} > 0)); then
    step "tests: PostgreSQL is ready on 127.0.0.1:$POSTGRES_PORT, Kafka on 127.0.0.1:$KAFKA_PORT"
  fi
  TEST_ENV_STARTED=("${STARTED[@]}")
  unlock_place
}

# While a run of tests holds the servers, another run in this checkout that ends first leaves them up.
test_env_hold() {
  exec {HELD}>>"$PLACE/run/held"
  flock -s "$HELD"
}

# Stops what this run started, unless another run still works with it.
test_env_release() {
  local name
  if flock -n -x "$HELD"; then
    for name in "${TEST_ENV_STARTED[@]}"; do process_stop_by_name "$name"; done
  else
    step "the tests' servers stay up: another run works with them (tools/mesh/mesh test-env-down stops them)"
  fi
  STARTED=()
}

# The variables that the tests read, as shell code.
test_env_print() {
  printf 'export ARTEL_TEST_POSTGRES=postgres://postgres:%s@127.0.0.1:%s/postgres ARTEL_TEST_KAFKA=127.0.0.1:%s\n' \
    "$(secret postgres)" "$POSTGRES_PORT" "$KAFKA_PORT"
}

test_env_command() {
  test_env_up
  test_env_print
  STARTED=()
}

test_env_down() {
  use_test_place
  lock_place
  process_signal kafka TERM
  process_signal postgres INT
  process_await_end kafka 30
  process_await_end postgres 60
  unlock_place
  infra_all_down
  step "the tests' PostgreSQL and Kafka are down"
}

# cargo's arguments, one per line: with RELEASE=1 tests and programs are as fast as a release, and keep assertions and fail points.
test_profile() {
  if [[ ${RELEASE:-} == 1 ]]; then printf '%s\n' --profile checked; fi
}

# `mesh test [ARGUMENT…]`: every test of the workspace, or what the arguments to cargo test choose. Ends with cargo's own exit code, and
# stops the servers that it started itself.
test_command() {
  local output status=0 scope=(--workspace) profile
  mapfile -t profile < <(test_profile)
  if [[ " $* " == *' -p '* || " $* " == *' --package '* ]]; then scope=(); fi
  need_rust
  need_packages run kafka build test
  if [[ -d $(bin_dir)/deps ]]; then need_disk 2000; else need_disk 12000; fi
  test_env_up
  test_env_hold
  # shellcheck source=/dev/null
  source <(test_env_print)
  output=$PLACE/log/cargo-test.log
  if ((${#scope[@]} > 0)); then
    # The whole-mesh tests start the services' programs. Built with the tests, or features that only tests switch on would have
    # half of the workspace built twice.
    step "building the programs and their tests"
    cargo build --workspace --all-targets "${profile[@]}" >&2 || fail "the build failed; cargo's words are above"
  fi
  step "cargo test ${scope[*]} --no-fail-fast $* (all it prints: $output)"
  cargo test "${scope[@]}" "${profile[@]}" --no-fail-fast "$@" 2>&1 </dev/null | tee -- "$output" || status=${PIPESTATUS[0]}
  test_env_release
  test_summary "$output"
  exit "$status"
}

# One line for all test programs together, after cargo's own line for each.
test_summary() {
  printf '\n'
  # What failed, once more at the end; not cargo's result lines, which must not be counted twice.
  grep -E '^(test .* \.\.\. FAILED|error: )' -- "$1" || true
  awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$1"
}
