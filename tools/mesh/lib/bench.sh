# shellcheck shell=bash
# The measurements of benches/, in the release profile, against the tests' own PostgreSQL and Kafka.

bench_command() {
  local status=0 name
  need_packages build
  need_rust
  if [[ ! -f $ROOT/benches/run ]]; then
    fail "there are no whole-mesh measurements yet: benches/run is missing"
  fi
  test_env_up
  # shellcheck source=/dev/null
  source <(test_env_print)
  "$ROOT/benches/run" "$@" || status=$?
  for name in "${TEST_ENV_STARTED[@]}"; do process_stop_by_name "$name"; done
  exit "$status"
}
