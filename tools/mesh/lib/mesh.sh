# shellcheck shell=bash
# The mesh: everything up or down, and one process at a time.

# `mesh up [--no-build] [PROCESS…]`: everything, or only these processes with PostgreSQL and Kafka.
up_command() {
  local build=yes names=() programs=() name
  while (($#)); do
    case $1 in
      --no-build) build=no ;;
      *)
        resolve_name "$1"
        names+=("$NAME")
        ;;
    esac
    shift
  done
  if ((${#names[@]} == 0)); then
    names=("$OUTSIDE" "${SERVICES[@]}")
  else
    programs=(artel "${names[@]}")
  fi

  need run kafka
  if [[ $build == yes ]]; then
    need_rust
    need build
  fi
  use_mesh_place
  lock_place
  if [[ -x $(bin_dir)/artel ]]; then need_disk 1000; else need_disk 8000; fi
  # Before anything is started, so that a taken port costs no time and leaves nothing behind.
  for name in "${names[@]}"; do require_free_ports "$name"; done

  # PostgreSQL and Kafka start while cargo works.
  for name in "${INFRASTRUCTURE[@]}"; do start "$name"; done
  if [[ $build == yes ]]; then build_programs "${programs[@]}"; fi
  for name in "${INFRASTRUCTURE[@]}"; do
    await "$name"
    step "$name: ready on $(address "$name")"
  done
  create_databases
  create_keys
  start_all "${names[@]}"
  print_table
  all_serve "${names[@]}" || fail "not everything serves; see the table above"
  STARTED=()
  unlock_place
}

# Builds these programs, or all of them without arguments. Cargo's output shows that a long first
# build makes progress.
build_programs() {
  local arguments=(build --workspace) name
  # mesh-tests arms the programs with fail points, which are for test builds only.
  if [[ ${RELEASE:-} == 1 ]]; then arguments+=(--release --exclude mesh-tests); fi
  if (($# == 0)); then arguments+=(--bins); fi
  for name in "$@"; do
    if [[ $name != postgres && $name != kafka ]]; then arguments+=(--bin "$name"); fi
  done
  step "building: cargo ${arguments[*]} (into $(bin_dir))"
  cargo "${arguments[@]}" >&2 || fail "the build failed; cargo's messages are above"
}

# Migrates and starts these processes; one that runs an older program or older settings is replaced.
start_all() {
  local name old=() services=()
  for name in "$@"; do
    if is_service "$name"; then
      services+=("$name")
      write_settings "$name"
    fi
  done
  if ((${#services[@]} > 0)); then
    step "migrating the databases and topics of ${services[*]#svc-}"
    migrate "${services[@]}"
  fi
  for name in "$@"; do
    if process_lives "$name" && ! process_is_current "$name"; then
      old+=("$name")
      process_signal "$name" TERM
    fi
  done
  if ((${#old[@]} > 0)); then
    step "restarting with a new program or new settings: ${old[*]}"
    for name in "${old[@]}"; do process_await_end "$name" "$DRAIN_BOUND"; done
  fi
  step "starting those that do not run of: $*"
  for name in "$@"; do start "$name"; done
  for name in "$@"; do process_await "$name" 60 serves_fully "$name"; done
}

all_serve() {
  local name
  for name in "$@"; do serves_fully "$name" || return 1; done
}

status_command() {
  use_mesh_place
  print_table
}

print_table() {
  local name
  printf '\n%-16s %-17s %-26s %8s  %s\n' SERVICE ADDRESS HEALTH MEMORY LOG
  for name in "${INFRASTRUCTURE[@]}" "$OUTSIDE" "${SERVICES[@]}"; do
    printf '%-16s %-17s %-26s %8s  %s\n' "$name" "$(address "$name")" "$(state "$name")" \
      "$(process_memory "$name")" "$PLACE/log/$name.log"
  done
  printf '\n'
}

# Prints the memory of a process and its children. PostgreSQL has one process per session, which
# share most of their memory, so shared pages are counted in proportion (Pss) instead of once for
# each.
process_memory() {
  local pid children=()
  pid=$(process_pid "$1") || {
    printf -- '-'
    return
  }
  read -ra children <"/proc/$pid/task/$pid/children" || true
  children=("${children[@]/#//proc/}")
  cat "/proc/$pid/smaps_rollup" "${children[@]/%//smaps_rollup}" 2>/dev/null |
    awk '$1 == "Pss:" { sum += $2 } END { printf "%d MB", sum / 1024 }' || true
}

# Stops the services, all at once, each draining; then the servers that they need.
down_command() {
  local name
  use_mesh_place
  lock_place
  if ! any_process_lives; then
    step "nothing of the mesh is running"
    return
  fi
  step "stopping the services"
  for name in "${SERVICES[@]}"; do process_signal "$name" TERM; done
  for name in "${SERVICES[@]}" "$OUTSIDE"; do process_stop "$name"; done
  step "stopping Kafka and PostgreSQL"
  process_signal kafka TERM
  process_stop postgres
  process_stop kafka
  step "everything is down; the data stays in $PLACE"
}

# Files that were fetched (Kafka's jars, buf) stay: they are no data.
down_and_erase_command() {
  down_command
  postgres_identity
  rm -rf -- "${POSTGRES_HOME:?}" "${PLACE:?}/postgres" "$PLACE/data" "$PLACE/env" "$PLACE/keys" "$PLACE/secrets" "$PLACE/log" \
    "$PLACE/kafka/data" "$PLACE/kafka/complete" "$PLACE/kafka/server.properties"
  find "$PLACE/run" -mindepth 1 ! -name lock -delete
  step "all data, logs, keys and passwords of the mesh are erased"
}

# Sets NAME to the process that the user means, and locks the mesh for a change to it.
use_process() {
  resolve_name "${1:-}"
  use_mesh_place
  lock_place
}

start_command() {
  use_process "$@"
  start "$NAME"
  await_started
}

stop_command() {
  use_process "$@"
  process_stop "$NAME"
  step "$NAME: down"
}

kill_command() {
  use_process "$@"
  process_kill "$NAME"
  step "$NAME: killed"
}

# Builds and migrates while the old process still serves, so that it is away only for its drain and
# start.
restart_command() {
  use_process "$@"
  if [[ " ${INFRASTRUCTURE[*]} " != *" $NAME "* ]]; then
    need_rust
    need build
    build_programs "$NAME"
  fi
  if is_service "$NAME"; then
    write_settings "$NAME"
    migrate "$NAME"
  fi
  process_stop "$NAME"
  start "$NAME"
  await_started
}

await_started() {
  await "$NAME"
  step "$NAME: serving on $(address "$NAME")"
  STARTED=()
}

# Follows the log on a terminal; prints all of it elsewhere, to be searched.
logs_command() {
  local options=(-n +1)
  resolve_name "${1:-}"
  use_mesh_place
  if [[ -t 1 ]]; then options=(-n 200 -F); fi
  [[ -f $PLACE/log/$NAME.log ]] || fail "$NAME has written no log yet" "Start it: make up"
  exec tail "${options[@]}" -- "$PLACE/log/$NAME.log"
}

# `mesh env [SERVICE]`: its settings as shell code, passwords included; without a service those of
# `artel`.
env_command() {
  use_mesh_place
  if [[ -z ${1:-} ]]; then
    artel_settings | quoted | sed 's/^/export /'
    return
  fi
  resolve_name "$1"
  [[ -f $PLACE/env/$NAME.env ]] || fail "$NAME has no settings of its own" "A service has them after: make up"
  cat -- "$PLACE/env/$NAME.env"
}

# Plays the company's main job against the running mesh. Two parts that `artel` cannot play are
# played here: an operator makes the first manager, and managers bet, since `artel` does not know
# svc-totalizator (rule T5).
demo_command() {
  local root
  use_mesh_place
  all_serve "${INFRASTRUCTURE[@]}" "$OUTSIDE" "${SERVICES[@]}" || up_command "$OUTSIDE" "${SERVICES[@]}"
  root=$(with_settings svc-admin "$(bin_dir)/svc-admin" create-root --name 'Root Manager' --email root@artel.example) ||
    fail "the first manager could not be made; svc-admin's messages are above"
  set -a
  # shellcheck source=/dev/null
  source <(artel_settings | quoted)
  set +a
  step "playing the story: artel demo"
  BIN=$(bin_dir) ARTEL_ROOT_MANAGER=$root ARTEL_TOTALIZATOR_ADDRESS=http://$(address svc-totalizator) \
    "$(bin_dir)/artel" demo --hook "$MESH/bets" "$@" || exit "$?"
}
