# shellcheck shell=bash
# The measurements of benches/, in the release profile, against the tests' own PostgreSQL and Kafka.

bench_command() {
  local status=0
  need_rust
  need_packages run kafka build
  if [[ ! -f $ROOT/benches/run ]]; then
    fail "there are no whole-mesh measurements yet: benches/run is missing"
  fi
  test_env_up
  test_env_hold
  # shellcheck source=/dev/null
  source <(test_env_print)
  "$ROOT/benches/run" "$@" || status=$?
  test_env_release
  exit "$status"
}
