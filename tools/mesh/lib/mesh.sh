# shellcheck shell=bash
# The mesh's life: up, down, and one process at a time.

# `mesh up [--no-build] [SERVICE…]`: everything, or only these services with what they stand on.
mesh_up() {
  local build=yes wanted=() programs=() name
  while (($#)); do
    case $1 in
      --no-build) build=no ;;
      *)
        resolve_name "$1"
        wanted+=("$NAME")
        ;;
    esac
    shift
  done
  if ((${#wanted[@]} == 0)); then
    wanted=("$OUTSIDE" "${SERVICES[@]}")
  else
    programs=(artel "${wanted[@]}")
  fi

  if [[ $build == yes ]]; then
    need_rust
    need_packages run kafka build
  else
    need_packages run kafka
  fi
  use_mesh_place
  lock_place
  if [[ -x $(bin_dir)/artel ]]; then need_disk 1000; else need_disk 8000; fi
  for name in "${wanted[@]}"; do require_own_ports "$name"; done

  # PostgreSQL and Kafka come up while cargo works.
  postgres_start
  kafka_start
  if [[ $build == yes ]]; then build_programs "${programs[@]}"; fi
  postgres_await
  step "PostgreSQL: ready on $(service_address postgres)"
  kafka_await
  step "Kafka: ready on $(service_address kafka)"

  services_create_databases
  services_create_keys
  mesh_start "${wanted[@]}"
  mesh_table
  all_serve "${wanted[@]}" || fail "not everything serves; see the table above"
  STARTED=()
  unlock_place
}

# Builds the named programs, or all where none is named. Cargo's own words show that a long first build moves.
build_programs() {
  local arguments=(build --workspace) name
  # mesh-tests arms the programs with fail points, which are for test builds only.
  if [[ ${RELEASE:-} == 1 ]]; then arguments+=(--release --exclude mesh-tests); fi
  if (($# == 0)); then arguments+=(--bins); fi
  for name in "$@"; do
    if [[ $name != postgres && $name != kafka ]]; then arguments+=(--bin "$name"); fi
  done
  step "building: cargo ${arguments[*]} (into $(bin_dir))"
  cargo "${arguments[@]}" >&2 || fail "the build failed; cargo's words are above"
}

# Before anything is started, so that a port taken by somebody else costs no time and leaves nothing behind.
require_own_ports() {
  local name=$1
  if process_lives "$name"; then return; fi
  case $name in
    "$OUTSIDE")
      require_free_port "$OUTSIDE_HTTP_PORT" "$name"
      require_free_port "$OUTSIDE_SMTP_PORT" "$name (SMTP)"
      ;;
    svc-*)
      require_free_port "$(grpc_port "$name")" "$name"
      require_free_port "$(metrics_port "$name")" "$name (metrics)"
      ;;
  esac
}

# Migrates and starts these services; one that runs an older program or older settings is replaced.
mesh_start() {
  local name old=() services=()
  for name in "$@"; do
    if is_service "$name"; then
      services+=("$name")
      service_write_env "$name"
    fi
  done
  if ((${#services[@]} > 0)); then
    step "migrating the databases and topics of ${services[*]#svc-}"
    services_migrate "${services[@]}"
  fi
  for name in "$@"; do
    if process_lives "$name" && ! process_is_current "$name"; then
      old+=("$name")
      process_signal "$name" TERM
    fi
  done
  if ((${#old[@]} > 0)); then
    step "built anew or set anew, so started anew: ${old[*]}"
    for name in "${old[@]}"; do process_await_end "$name" "$DRAIN_BOUND"; done
  fi
  step "starting what is not running of: $*"
  for name in "$@"; do service_start "$name"; done
  for name in "$@"; do process_await "$name" 60 service_serves_fully "$name"; done
}

all_serve() {
  local name
  for name in "$@"; do
    service_serves_fully "$name" || return 1
  done
}

mesh_status() {
  use_mesh_place
  mesh_table
}

mesh_table() {
  local name
  printf '\n%-16s %-17s %-26s %8s  %s\n' SERVICE ADDRESS HEALTH MEMORY LOG
  for name in "${INFRASTRUCTURE[@]}" "$OUTSIDE" "${SERVICES[@]}"; do
    printf '%-16s %-17s %-26s %8s  %s\n' "$name" "$(service_address "$name")" "$(service_state "$name")" \
      "$(process_memory "$name")" "$PLACE/log/$name.log"
  done
  printf '\n'
}

# Memory that a process and its children hold. PostgreSQL has one process per session, which share most of theirs, so that shared
# pages are counted in proportion (Pss) instead of once for each.
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

# Services first, all at once, each draining; then what they stand on.
mesh_down() {
  local name found=no
  use_mesh_place
  lock_place
  for name in "${SERVICES[@]}" "$OUTSIDE" "${INFRASTRUCTURE[@]}"; do
    if process_lives "$name"; then found=yes; fi
  done
  if [[ $found == no ]]; then
    step "nothing of the mesh is running"
    return
  fi
  step "stopping the services"
  for name in "${SERVICES[@]}"; do process_signal "$name" TERM; done
  for name in "${SERVICES[@]}"; do process_await_end "$name" "$DRAIN_BOUND"; done
  process_stop_by_name "$OUTSIDE"
  step "stopping Kafka and PostgreSQL"
  process_signal kafka TERM
  process_stop_by_name postgres
  process_await_end kafka 30
  step "everything is down; the data stays in $PLACE"
}

# What was fetched (Kafka's jars, buf) stays: it is no data.
mesh_erase() {
  mesh_down
  postgres_identity
  rm -rf -- "${POSTGRES_HOME:?}" "${PLACE:?}/postgres" "$PLACE/data" "$PLACE/env" "$PLACE/keys" "$PLACE/secrets" "$PLACE/log" \
    "$PLACE/kafka/data" "$PLACE/kafka/complete" "$PLACE/kafka/server.properties"
  find "$PLACE/run" -mindepth 1 ! -name lock -delete
  step "all data, logs, keys and passwords of the mesh are erased"
}

# `mesh start SERVICE`: as it was built and set, nothing migrated.
mesh_start_one() {
  resolve_name "${1:-}"
  use_mesh_place
  lock_place
  case $NAME in
    postgres) postgres_start ;;
    kafka) kafka_start ;;
    *) service_start "$NAME" ;;
  esac
  service_await "$NAME"
  step "$NAME: serving on $(service_address "$NAME")"
  STARTED=()
}

mesh_stop_one() {
  resolve_name "${1:-}"
  use_mesh_place
  lock_place
  process_stop_by_name "$NAME"
  step "$NAME: down"
}

# As a crash would: no drain, no good-bye.
mesh_kill_one() {
  resolve_name "${1:-}"
  use_mesh_place
  lock_place
  process_stop "$NAME" KILL 5
  step "$NAME: killed"
}

# Builds and migrates while the old one still serves, so that it is away only for its drain and its start.
mesh_restart_one() {
  resolve_name "${1:-}"
  use_mesh_place
  lock_place
  case $NAME in
    postgres | kafka)
      process_stop_by_name "$NAME"
      "${NAME}_start"
      ;;
    *)
      need_rust
      need_packages build
      build_programs "$NAME"
      if is_service "$NAME"; then
        service_write_env "$NAME"
        services_migrate "$NAME"
      fi
      process_stop_by_name "$NAME"
      service_start "$NAME"
      ;;
  esac
  service_await "$NAME"
  step "$NAME: serving on $(service_address "$NAME")"
  STARTED=()
}

# Follows the log on a terminal; elsewhere prints all of it, to be searched.
mesh_logs() {
  local options=(-n +1)
  use_mesh_place
  if [[ -t 1 ]]; then options=(-n 200 -F); fi
  if [[ -z ${1:-} ]]; then
    fail "whose log?" "For example: make logs SVC=orders" "There are: ${SERVICES[*]#svc-} $OUTSIDE ${INFRASTRUCTURE[*]}"
  fi
  resolve_name "$1"
  [[ -f $PLACE/log/$NAME.log ]] || fail "$NAME has written no log yet" "Start it: make up"
  exec tail "${options[@]}" -- "$PLACE/log/$NAME.log"
}

# `mesh env SERVICE`: its settings as shell code, passwords included. Without a service: those of `artel`.
mesh_env() {
  use_mesh_place
  if [[ -z ${1:-} ]]; then
    artel_settings | quoted | sed 's/^/export /'
    return
  fi
  resolve_name "$1"
  [[ -f $PLACE/env/$NAME.env ]] || fail "$NAME has no settings of its own" "A service has, once it was up: make up"
  cat -- "$PLACE/env/$NAME.env"
}

# The main job: the story, told against the running mesh. What only an operator can do is done here: making the first manager, and
# betting, since `artel` knows of no totalizator (rule T5).
mesh_demo() {
  use_mesh_place
  if ! all_serve postgres kafka "$OUTSIDE" "${SERVICES[@]}"; then
    mesh_up
  fi
  # shellcheck source=/dev/null
  source <(mesh_env)
  ARTEL_ROOT_MANAGER=$(with_env svc-admin "$(bin_dir)/svc-admin" create-root --name 'Root Manager' --email root@artel.example) ||
    fail "the first manager could not be made; svc-admin's words are above"
  export ARTEL_ROOT_MANAGER
  step "playing the story: artel demo"
  BIN=$(bin_dir) ARTEL_TOTALIZATOR_ADDRESS=http://$(service_address svc-totalizator) \
    "$(bin_dir)/artel" demo --mailbox "http://$(service_address "$OUTSIDE")" --hook "$MESH/bets" "$@" || exit "$?"
}
