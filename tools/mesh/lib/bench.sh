# shellcheck shell=bash
# The measurements of benches/, in the release profile, against the tests' own PostgreSQL and Kafka.

bench_command() {
  local status=0
  export RELEASE=1
  need_rust
  need_packages run kafka build
  build_programs
  test_env_up
  test_env_hold
  # shellcheck source=/dev/null
  source <(test_env_print)
  "$ROOT/benches/run" "$@" || status=$?
  test_env_release
  exit "$status"
}
