# shellcheck shell=bash
# Which services there are, how each is configured, migrated, started and asked for its health. The only list of services here.

# svc-totalizator stands in the list, since somebody must start it, but in no other service's settings (rule T5).
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

# Sets NAME to the full name of what the user calls `orders`, `svc-orders`, `outside-world`, `kafka`, …
resolve_name() {
  local given=${1:-}
  [[ -n $given ]] || fail "which service?" "There are: ${SERVICES[*]#svc-} $OUTSIDE ${INFRASTRUCTURE[*]}" "For example: make restart SVC=orders"
  NAME=$given
  if is_service "svc-$given"; then NAME=svc-$given; fi
  case $NAME in
    "$OUTSIDE" | postgres | kafka) ;;
    *)
      is_service "$NAME" ||
        fail "there is no service '$given'" "There are: ${SERVICES[*]#svc-} $OUTSIDE ${INFRASTRUCTURE[*]}" "For example: make logs SVC=orders"
      ;;
  esac
}

# Where cargo puts the programs: the dev profile unless RELEASE=1.
bin_dir() {
  local profile=debug
  if [[ ${RELEASE:-} == 1 ]]; then profile=release; fi
  printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}/$profile"
}

# A database's and its login's name: the service's name without `svc-`.
database_name() { printf '%s' "${1#svc-}"; }

# Gives each service a database and a login of its own. Nobody may connect to a database but its own login (and the cluster's owner).
services_create_databases() {
  local service name
  {
    echo 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;'
    for service in "${SERVICES[@]}"; do
      name=$(database_name "$service")
      cat <<SQL
SELECT 'CREATE ROLE $name LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') \\gexec
ALTER ROLE $name LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '$(secret "$service")';
SELECT 'CREATE DATABASE $name OWNER $name' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \\gexec
REVOKE ALL ON DATABASE $name FROM PUBLIC;
SQL
    done
  } | postgres_sql >>"$PLACE/log/postgres-setup.log" 2>&1 || {
    show_tail "$PLACE/log/postgres-setup.log"
    fail "the services' databases could not be created; PostgreSQL's last words are above"
  }
}

# The development signing key and the JWKS that the services trust.
services_create_keys() {
  if [[ -s $PLACE/keys/jwks.json && -s $PLACE/keys/private.json ]]; then return; fi
  step "creating the development signing key in $PLACE/keys"
  (umask 077 && mkdir -p -- "$PLACE/keys")
  "$(bin_dir)/artel" keys init --dir "$PLACE/keys" >>"$PLACE/log/keys.log" 2>&1 || {
    show_tail "$PLACE/log/keys.log"
    fail "the development signing key could not be created in $PLACE/keys"
  }
}

# The settings of one service, as NAME=value lines.
service_settings() {
  local service=$1 outside=http://127.0.0.1:$OUTSIDE_HTTP_PORT
  cat <<SETTINGS
ARTEL_GRPC_LISTEN=127.0.0.1:$(grpc_port "$service")
ARTEL_METRICS_LISTEN=127.0.0.1:$(metrics_port "$service")
ARTEL_DATABASE_URL=postgres://$(database_name "$service"):$(secret "$service")@127.0.0.1:$POSTGRES_PORT/$(database_name "$service")
ARTEL_KAFKA_BROKERS=127.0.0.1:$KAFKA_PORT
ARTEL_JWKS=$PLACE/keys/jwks.json
ARTEL_LOG_FORMAT=text
ARTEL_GRPC_CORS_ORIGINS=*
SETTINGS
  case $service in
    svc-orders)
      echo "ARTEL_PHOTO_STORE=$PLACE/data/photos"
      ;;
    svc-consumables)
      echo "ARTEL_BAKERY_URL=$outside"
      ;;
    svc-billing)
      echo "ARTEL_CARD_URL=$outside"
      echo "ARTEL_WALLET_URL=$outside"
      echo "ARTEL_GOLDEN_HAT_URL=$outside"
      # One machine's story is told in seconds; the defaults are made for days.
      echo ARTEL_CHARGE_RETRIES=2s,4s
      echo ARTEL_PROVIDER_FIRST_PAUSE=500ms
      echo ARTEL_PAYOUT_POLL_INTERVAL=500ms
      echo ARTEL_BILLING_TICK=500ms
      ;;
    svc-onboarding)
      # Kept, so that a challenge handed out before a restart is still good after it.
      echo "ARTEL_ONBOARDING_CHALLENGE_SECRET=$(secret onboarding-challenge)"
      ;;
    svc-notify)
      echo "ARTEL_SMTP_URL=smtp://127.0.0.1:$OUTSIDE_SMTP_PORT"
      ;;
    svc-totalizator)
      # Links the pseudonyms of settled bets to managers; without it nobody can.
      echo "ARTEL_TOTALIZATOR_KEY=$(secret totalizator-key)"
      ;;
  esac
}

# The settings of `artel`, which knows every service but the totalizator.
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

# Settings as shell code.
quoted() {
  sed -e "s/'/'\\\\''/g" -e "s/=\(.*\)/='\1'/"
}

# Writes env/SERVICE.env as shell code, for the mesh itself and for whoever wants to run one service by hand.
service_write_env() {
  local service=$1 file=$PLACE/env/$1.env
  mkdir -p -- "$PLACE/env" "$PLACE/data/photos"
  (
    umask 077
    service_settings "$service" | sed -e "s/'/'\\\\''/g" -e "s/=\(.*\)/='\1'/" >"$file.part"
    mv -- "$file.part" "$file"
  )
}

# Runs a command with a service's settings.
with_env() (
  set -a
  # shellcheck source=/dev/null
  source "$PLACE/env/$1.env"
  set +a
  shift
  exec "$@"
)

service_migrate() {
  local service=$1
  with_env "$service" "$(bin_dir)/$service" migrate --create-topics >"$PLACE/log/$service.migrate.log" 2>&1 </dev/null
}

# Migrates side by side, since most of it is waiting.
services_migrate() {
  local service pids=() i failed=()
  for service in "$@"; do
    (trap - ERR && service_migrate "$service") &
    pids+=($!)
  done
  for i in "${!pids[@]}"; do
    service=${*:i+1:1}
    wait "${pids[i]}" || failed+=("$service")
  done
  if ((${#failed[@]} == 0)); then return; fi
  for service in "${failed[@]}"; do show_tail "$PLACE/log/$service.migrate.log"; done
  fail "could not migrate: ${failed[*]}; their last words are above"
}

# What a process was started from: when the program or its settings have changed since, it is an old one.
process_origin() {
  local name=$1
  stat -L -c '%i %Y %s' -- "$(bin_dir)/$name" 2>/dev/null || true
  if is_service "$name"; then cksum <"$PLACE/env/$name.env"; fi
}

process_is_current() {
  process_lives "$1" && [[ "$(process_origin "$1")" == "$(cat -- "$PLACE/run/$1.origin" 2>/dev/null)" ]]
}

service_start() {
  local name=$1
  if process_lives "$name"; then return; fi
  [[ -x $(bin_dir)/$name ]] || fail "$name is not built: there is no $(bin_dir)/$name" "Build it: make restart SVC=${name#svc-}, or all of it: make up"
  if [[ $name == "$OUTSIDE" ]]; then
    require_free_port "$OUTSIDE_HTTP_PORT" "$name"
    require_free_port "$OUTSIDE_SMTP_PORT" "$name (SMTP)"
    process_start "$name" "$(bin_dir)/$name" --http "127.0.0.1:$OUTSIDE_HTTP_PORT" --smtp "127.0.0.1:$OUTSIDE_SMTP_PORT"
  else
    [[ -f $PLACE/env/$name.env ]] || fail "$name has no settings yet" "Run: make up"
    require_free_port "$(grpc_port "$name")" "$name"
    require_free_port "$(metrics_port "$name")" "$name (metrics)"
    process_start_with_env "$name" "$(bin_dir)/$name" serve
  fi
  process_origin "$name" >"$PLACE/run/$name.origin"
}

process_start_with_env() {
  local name=$1
  shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  process_start "$name" bash -c 'set -a; source "$0"; exec "$@"' "$PLACE/env/$name.env" "$@"
}

service_healthy() {
  case $1 in
    postgres) postgres_ready ;;
    kafka) kafka_ready ;;
    "$OUTSIDE") curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$OUTSIDE_HTTP_PORT/_calls" ;;
    *) [[ $(grpc_health "$(grpc_port "$1")") == serving ]] ;;
  esac
}

# Waits until a process answers that it serves.
service_await() {
  process_await "$1" 60 service_healthy "$1"
}

service_serves_fully() {
  [[ $(service_state "$1") == serving ]]
}

service_address() {
  case $1 in
    postgres) echo "127.0.0.1:$POSTGRES_PORT" ;;
    kafka) echo "127.0.0.1:$KAFKA_PORT" ;;
    "$OUTSIDE") echo "127.0.0.1:$OUTSIDE_HTTP_PORT" ;;
    *) echo "127.0.0.1:$(grpc_port "$1")" ;;
  esac
}

# How a process is: serving, not serving, down; and which of its dependencies it cannot reach.
service_state() {
  local state=serving away=() dependency
  process_lives "$1" || {
    echo down
    return
  }
  service_healthy "$1" >/dev/null 2>&1 || state='not serving'
  if is_service "$1"; then
    for dependency in "${INFRASTRUCTURE[@]}"; do
      if [[ $(grpc_health "$(grpc_port "$1")" "$dependency") == 'not serving' ]]; then away+=("$dependency"); fi
    done
  fi
  if ((${#away[@]} > 0)); then state+=" (no ${away[*]})"; fi
  echo "$state"
}
