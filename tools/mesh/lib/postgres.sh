# shellcheck shell=bash
# A private PostgreSQL cluster in $PLACE/postgres on $POSTGRES_PORT of the loopback address. It
# takes passwords only and has no socket, because a socket's path may have at most 107 bytes, and a
# checkout may lie deeper.

# Prints the folder of the newest PostgreSQL server programs, 15 or later; fails if there is none.
postgres_bin() {
  local best
  best=$(compgen -G '/usr/lib/postgresql/*/bin/initdb'; compgen -G '/usr/pgsql-*/bin/initdb') || true
  best=$(sort -V <<<"${best//\/initdb/}" | tail -n 1)
  [[ $best =~ [0-9]+ && ${BASH_REMATCH[0]} -ge 15 ]] && printf '%s' "$best"
}

# Sets POSTGRES_AS (the words before a program of PostgreSQL, which refuses root) and POSTGRES_HOME.
# Root uses a user namespace in which its own files belong to an ordinary user; if those are
# forbidden, the user `postgres`.
postgres_identity() {
  POSTGRES_HOME=$PLACE/postgres
  if ((EUID != 0)); then
    POSTGRES_AS=(env)
  elif [[ -z ${ARTEL_MESH_NO_USER_NAMESPACE:-} ]] && unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    POSTGRES_AS=(unshare --user --map-user=1000 --map-group=1000)
  else
    POSTGRES_AS=(setpriv --reuid=postgres --regid=postgres --init-groups)
    # The user postgres may not enter root's folders, so its data lies where it may, under a name of
    # this checkout's own.
    POSTGRES_HOME=/var/lib/postgresql/artel-$(printf '%s' "$PLACE" | sha256sum | cut -c 1-12)
    install -d -m 700 -o postgres -g postgres -- "$POSTGRES_HOME"
  fi
}

postgres_start() {
  local bin
  if process_lives postgres; then return; fi
  bin=$(postgres_bin)
  postgres_identity
  require_free_port "$POSTGRES_PORT" PostgreSQL
  postgres_create "$bin"
  postgres_clear_leftovers
  # The server works in its own folder; it must be one that its user may enter.
  process_start postgres env -C / "${POSTGRES_AS[@]}" "$bin/postgres" -D "$POSTGRES_HOME/data" -c "port=$POSTGRES_PORT" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c shared_buffers=128MB -c timezone=UTC \
    -c log_timezone=UTC -c log_line_prefix='%m [%p] %u@%d ' -c logging_collector=off
}

# Creates the cluster if there is none. A half-made one (power cut, full disk) is made again.
postgres_create() {
  local bin=$1 data=$POSTGRES_HOME/data password=$POSTGRES_HOME/password
  if [[ -s $POSTGRES_HOME/complete ]]; then return; fi
  step "PostgreSQL: creating a cluster in $data"
  mkdir -p -- "$POSTGRES_HOME"
  rm -rf -- "$data"
  (umask 077 && secret postgres >"$password")
  chown --reference="$POSTGRES_HOME" -- "$password"
  if ! env -C / "${POSTGRES_AS[@]}" "$bin/initdb" -D "$data" -U postgres --pwfile="$password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >"$PLACE/log/initdb.log" 2>&1; then
    show_tail "$PLACE/log/initdb.log"
    fail "PostgreSQL's cluster could not be created in $data"
  fi
  rm -f -- "$password"
  date -u +%FT%TZ >"$POSTGRES_HOME/complete"
}

# After SIGKILL: waits for backends that still hold the shared memory. When no process works in the
# data folder, its pid file is stale and has to go: PostgreSQL would take a zombie or a foreign
# process with that pid for a living server. The folder itself is compared, not its name, because
# another checkout may be mounted at the same path elsewhere.
postgres_clear_leftovers() {
  local data=$POSTGRES_HOME/data deadline=$((SECONDS + 15))
  while [[ -n $(find -L /proc/[0-9]*/cwd -maxdepth 0 -samefile "$data" -print -quit 2>/dev/null) ]]; do
    if ((SECONDS >= deadline)); then
      fail "PostgreSQL processes of an earlier run still work in $data" "Show them: fuser -v '$data'"
    fi
    sleep 0.1
  done
  rm -f -- "$data/postmaster.pid"
}

postgres_ready() {
  "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -t 2
}

# Runs psql as the cluster's owner. SQL comes from standard input, so that no password is ever in an
# argument list.
postgres_sql() {
  PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=5 "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres -d postgres
}
