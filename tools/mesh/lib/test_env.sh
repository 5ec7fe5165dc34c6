# shellcheck shell=bash
# The tests' own PostgreSQL and Kafka, under .artel/test. They start empty each time, since no test may rely on what an earlier
# run left, and stay up until `test-env-down`, so that running one test again costs nothing.

test_env_up() {
  use_test_place
  lock_place
  if process_lives postgres && process_lives kafka; then
    postgres_await
    kafka_await
    return
  fi
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
  step "test PostgreSQL: ready on 127.0.0.1:$POSTGRES_PORT"
  kafka_await
  step "test Kafka: ready on 127.0.0.1:$KAFKA_PORT"
}

# The variables that the tests read, as shell code.
test_env_print() {
  printf 'export ARTEL_TEST_POSTGRES=postgres://postgres:%s@127.0.0.1:%s/postgres ARTEL_TEST_KAFKA=127.0.0.1:%s\n' \
    "$(secret postgres)" "$POSTGRES_PORT" "$KAFKA_PORT"
}

test_env_down() {
  use_test_place
  lock_place
  process_signal kafka TERM
  process_signal postgres INT
  process_await_end kafka 30
  process_await_end postgres 60
  step "the tests' PostgreSQL and Kafka are down"
}
