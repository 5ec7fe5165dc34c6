# shellcheck shell=bash
# A PostgreSQL and a Kafka for one test alone, so that a test that kills, freezes or restarts them
# disturbs no other.

# `mesh infra PLACE up|down` and `mesh infra PLACE kill|start|freeze|thaw postgres|kafka`.
infra_command() {
  local verb=${2:-} server=${3:-}
  [[ "$verb $server" =~ ^((up|down)\ |(kill|start|freeze|thaw)\ (postgres|kafka))$ ]] ||
    fail "there is no command 'infra PLACE $verb $server'" "All commands: tools/mesh/mesh help"
  mkdir -p -- "$ARTEL/own"
  use_own_place "${1:-}"
  lock_place
  case $verb in
    up | down) "infra_$verb" ;;
    kill) process_kill "$server" ;;
    freeze | thaw)
      process_lives "$server" || fail "$server of $PLACE does not run"
      if [[ $verb == freeze ]]; then process_signal_family "$server" STOP; else process_signal_family "$server" CONT; fi
      ;;
    start)
      start "$server"
      await "$server"
      ;;
  esac
  STARTED=()
}

# Starts both empty, whatever an earlier run of the same test left.
infra_up() {
  need run kafka
  infra_erase
  start_empty_servers
  test_env_print
}

infra_down() {
  infra_erase
  rm -rf -- "${PLACE:?}"
}

infra_erase() {
  local server
  for server in "${INFRASTRUCTURE[@]}"; do process_kill "$server"; done
  postgres_identity
  rm -rf -- "${POSTGRES_HOME:?}" "${PLACE:?}/kafka"
}

# Removes what interrupted tests left.
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
