# shellcheck shell=bash
# A PostgreSQL and a Kafka of one test's own: a test that kills, freezes or restarts them disturbs no other.

# `mesh infra PLACE up|down` and `mesh infra PLACE kill|start|freeze|thaw postgres|kafka`.
infra_command() {
  local place=${1:-} verb=${2:-} server=${3:-}
  [[ -n $place && -n $verb ]] || fail "whose servers, and what is to be done with them?" "For example: tools/mesh/mesh infra chaos up"
  case $verb in
    up | down) ;;
    kill | start | freeze | thaw)
      [[ $server == postgres || $server == kafka ]] || fail "which server?" "There are: ${INFRASTRUCTURE[*]}"
      ;;
    *) fail "there is nothing called '$verb' to do with a test's own servers" "All commands: tools/mesh/mesh help" ;;
  esac
  mkdir -p -- "$ARTEL/own"
  use_own_place "$place"
  lock_place
  "infra_$verb" "$server"
  STARTED=()
}

# Both start empty, whatever an earlier run of the same test left.
infra_up() {
  need_packages run kafka
  infra_erase
  postgres_start
  kafka_start
  postgres_await
  kafka_await
  test_env_print
}

infra_down() {
  infra_erase
  rm -rf -- "${PLACE:?}"
}

# What was there is not worth a good-bye.
infra_erase() {
  local server
  for server in "${INFRASTRUCTURE[@]}"; do infra_kill "$server"; done
  postgres_identity
  rm -rf -- "${POSTGRES_HOME:?}" "${PLACE:?}/kafka"
}

# With its children: PostgreSQL's would finish what they are at.
infra_kill() {
  local pid
  if pid=$(process_pid "$1"); then
    infra_signal_family "$pid" KILL
    process_await_end "$1" 10
  fi
}

infra_start() {
  "$1_start"
  "$1_await"
}

infra_freeze() {
  local pid
  pid=$(process_pid "$1") || fail "$1 of $PLACE does not run"
  infra_signal_family "$pid" STOP
}

infra_thaw() {
  local pid
  pid=$(process_pid "$1") || fail "$1 of $PLACE does not run"
  infra_signal_family "$pid" CONT
}

# The parent is stopped first, so that it has no child that is not in the list.
infra_signal_family() {
  local pid=$1 signal=$2 children=()
  kill -s STOP "$pid"
  read -ra children <"/proc/$pid/task/$pid/children" || true
  # A child may have ended by itself meanwhile.
  kill -s "$signal" "$pid" "${children[@]}" 2>/dev/null || true
}

# What tests that were cut short left behind.
infra_all_down() {
  local run
  for run in "$ARTEL"/own/*/run; do
    if [[ -d $run ]]; then
      use_own_place "$(basename -- "${run%/run}")"
      lock_place
      infra_down
      unlock_place
    fi
  done
}
