# shellcheck shell=bash
# The services: how each is configured, migrated, started and asked for its health.

# svc-totalizator stands in this list, because the mesh starts it, but in no other service's
# settings (rule T5).
SERVICES=(svc-admin svc-orders svc-consumables svc-billing svc-onboarding svc-notify svc-totalizator)
OUTSIDE='outside-world'
INFRASTRUCTURE=(postgres kafka)

declare -A GRPC_PORTS=(
  [svc-admin]=17101 [svc-orders]=17102 [svc-consumables]=17103 [svc-billing]=17104
  [svc-onboarding]=17105 [svc-notify]=17106 [svc-totalizator]=17107
)

grpc_port() { printf '%s' $((GRPC_PORTS[$1] + PORT_SHIFT)); }
metrics_port() { printf '%s' $((GRPC_PORTS[$1] + 100 + PORT_SHIFT)); }

is_service() { [[ -n $1 && -n ${GRPC_PORTS[$1]:-} ]]; }

# Sets NAME to the full name of a process: svc-orders for `orders`.
resolve_name() {
  local given=${1:-}
  for NAME in "${SERVICES[@]}" "$OUTSIDE" "${INFRASTRUCTURE[@]}"; do
    if [[ $given == "$NAME" || $given == "${NAME#svc-}" ]]; then return; fi
  done
  fail "there is no process '$given'" "There are: ${SERVICES[*]#svc-} $OUTSIDE ${INFRASTRUCTURE[*]}" \
    "For example: make restart SVC=orders"
}

# Prints the folder in which cargo puts programs.
bin_dir() {
  local profile=debug
  if [[ ${RELEASE:-} == 1 ]]; then profile=release; fi
  printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}/$profile"
}

# Gives each service a database and a login, both named like the service. Only that login may
# connect to the database.
create_databases() {
  local service name log=$PLACE/log/postgres-setup.log
  {
    echo 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;'
    for service in "${SERVICES[@]}"; do
      name=${service#svc-}
      cat <<SQL
SELECT 'CREATE ROLE $name LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') \\gexec
ALTER ROLE $name LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '$(secret "$service")';
SELECT 'CREATE DATABASE $name OWNER $name' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \\gexec
REVOKE ALL ON DATABASE $name FROM PUBLIC;
SQL
    done
  } | postgres_sql >>"$log" 2>&1 || {
    show_tail "$log"
    fail "the services' databases could not be created; the end of PostgreSQL's messages is above"
  }
}

# Creates the development signing key, and the JWKS that the services trust, if they are missing.
create_keys() {
  local log=$PLACE/log/keys.log
  (umask 077 && mkdir -p -- "$PLACE/keys")
  "$(bin_dir)/artel" keys init --dir "$PLACE/keys" >>"$log" 2>&1 || {
    show_tail "$log"
    fail "the development signing key could not be created in $PLACE/keys"
  }
}

# Prints the settings of a service, one NAME=value per line.
service_settings() {
  local name=${1#svc-} outside=127.0.0.1:$OUTSIDE_HTTP_PORT service setting word
  local -A words=(
    [database]=postgres://$name:$(secret "$1")@127.0.0.1:$POSTGRES_PORT/$name [kafka]=127.0.0.1:$KAFKA_PORT
    [keys]=$PLACE/keys [data]=$PLACE/data [outside-http]=http://$outside [outside-smtp]=smtp://127.0.0.1:$OUTSIDE_SMTP_PORT
    [onboarding-challenge]=$(secret onboarding-challenge) [totalizator-key]=$(secret totalizator-key)
  )
  while read -r service setting; do
    if [[ $service != all && $service != "$1" ]]; then continue; fi
    for word in "${!words[@]}"; do setting=${setting//"{$word}"/"${words[$word]}"}; done
    printf '%s\n' "$setting"
  done <"$MESH/settings"
  printf '%s\n' "ARTEL_GRPC_LISTEN=127.0.0.1:$(grpc_port "$1")" "ARTEL_METRICS_LISTEN=127.0.0.1:$(metrics_port "$1")"
}

# Prints the settings of `artel`, which knows every service but svc-totalizator.
artel_settings() {
  local service name
  for service in "${SERVICES[@]}"; do
    if [[ $service == svc-totalizator ]]; then continue; fi
    name=${service#svc-}
    echo "ARTEL_${name^^}_ADDRESS=http://127.0.0.1:$(grpc_port "$service")"
  done
  echo "ARTEL_KEYS=$PLACE/keys"
  echo "ARTEL_MAILBOX=http://127.0.0.1:$OUTSIDE_HTTP_PORT"
}

# Turns settings into shell code.
quoted() {
  sed -e "s/'/'\\\\''/g" -e "s/=\(.*\)/='\1'/"
}

# Writes env/SERVICE.env as shell code, for the mesh and for a person who runs the service by hand.
write_settings() {
  local file=$PLACE/env/$1.env
  mkdir -p -- "$PLACE/env" "$PLACE/data/photos"
  (umask 077 && service_settings "$1" | quoted >"$file.part")
  mv -- "$file.part" "$file"
}

# Runs a command with a service's settings.
with_settings() (
  set -a
  # shellcheck source=/dev/null
  source "$PLACE/env/$1.env"
  set +a
  exec "${@:2}"
)

# Migrates the databases and topics of these services side by side, because most of the time is
# waiting.
migrate() {
  local service failed=()
  local -A pids
  for service in "$@"; do
    (trap - ERR && with_settings "$service" "$(bin_dir)/$service" migrate --create-topics) \
      >"$PLACE/log/$service.migrate.log" 2>&1 </dev/null &
    pids[$service]=$!
  done
  for service in "$@"; do
    wait "${pids[$service]}" || failed+=("$service")
  done
  if ((${#failed[@]} == 0)); then return; fi
  for service in "${failed[@]}"; do show_tail "$PLACE/log/$service.migrate.log"; done
  fail "could not migrate: ${failed[*]}; the end of each log is above"
}

# Identifies the program and the settings of a process: a process with another origin is out of
# date.
process_origin() {
  stat -L -c '%i %Y %s' -- "$(bin_dir)/$1" 2>/dev/null || true
  if is_service "$1"; then cksum <"$PLACE/env/$1.env"; fi
}

process_is_current() {
  [[ "$(process_origin "$1")" == "$(cat -- "$PLACE/run/$1.origin" 2>/dev/null)" ]]
}

# Starts any process of the mesh that does not run, as it was built and configured.
start() {
  local name=$1 program
  program=$(bin_dir)/$name
  case $name in
    postgres | kafka)
      "${name}_start"
      return
      ;;
  esac
  if process_lives "$name"; then return; fi
  [[ -x $program ]] ||
    fail "$name is not built: there is no $program" "Build it: make restart SVC=${name#svc-}, or all programs: make up"
  require_free_ports "$name"
  if [[ $name == "$OUTSIDE" ]]; then
    process_start "$name" "$program" --http "127.0.0.1:$OUTSIDE_HTTP_PORT" --smtp "127.0.0.1:$OUTSIDE_SMTP_PORT"
  else
    [[ -f $PLACE/env/$name.env ]] || fail "$name has no settings yet" "Run: make up"
    # shellcheck disable=SC2016 # expanded by the inner shell
    process_start "$name" bash -c 'set -a; source "$0"; exec "$@"' "$PLACE/env/$name.env" "$program" serve
  fi
  process_origin "$name" >"$PLACE/run/$name.origin"
}

# Fails if another process has a port of this one.
require_free_ports() {
  if process_lives "$1"; then return; fi
  case $1 in
    "$OUTSIDE")
      require_free_port "$OUTSIDE_HTTP_PORT" "$1"
      require_free_port "$OUTSIDE_SMTP_PORT" "$1 (SMTP)"
      ;;
    svc-*)
      require_free_port "$(grpc_port "$1")" "$1"
      require_free_port "$(metrics_port "$1")" "$1 (metrics)"
      ;;
  esac
}

is_healthy() {
  case $1 in
    postgres | kafka) "$1_ready" ;;
    "$OUTSIDE") curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$OUTSIDE_HTTP_PORT/_calls" ;;
    *) [[ $(grpc_health "$(grpc_port "$1")") == serving ]] ;;
  esac
}

# Waits until a process is healthy.
await() {
  process_await "$1" 60 is_healthy "$1"
}

serves_fully() {
  [[ $(state "$1") == serving ]]
}

address() {
  case $1 in
    postgres) echo "127.0.0.1:$POSTGRES_PORT" ;;
    kafka) echo "127.0.0.1:$KAFKA_PORT" ;;
    "$OUTSIDE") echo "127.0.0.1:$OUTSIDE_HTTP_PORT" ;;
    *) echo "127.0.0.1:$(grpc_port "$1")" ;;
  esac
}

# Prints whether a process is serving, not serving or down, and the dependencies that it cannot
# reach.
state() {
  local state=serving away=() dependency
  process_lives "$1" || {
    echo down
    return
  }
  is_healthy "$1" >/dev/null 2>&1 || state='not serving'
  if is_service "$1"; then
    for dependency in "${INFRASTRUCTURE[@]}"; do
      if [[ $(grpc_health "$(grpc_port "$1")" "$dependency") == 'not serving' ]]; then away+=("$dependency"); fi
    done
  fi
  if ((${#away[@]} > 0)); then state+=" (no ${away[*]})"; fi
  echo "$state"
}
