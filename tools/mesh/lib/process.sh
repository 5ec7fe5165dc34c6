# shellcheck shell=bash
# Starting and stopping processes by pid file. A pid file holds the pid, the time that process was born, and the boot:
# a pid that the system has since given to somebody else is never taken for ours, and never killed.

# What this run has started, oldest first; `roll_back` stops it when the run fails.
STARTED=()

# The birth time of a living process in clock ticks since boot; fails when there is none (or only its zombie).
process_birth() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The name in brackets may hold anything, so count from its end: state is the first field after it, birth the 20th.
  local -a fields
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
  printf '%s' "${fields[19]}"
}

# The pid of a named process of this PLACE while it lives; fails otherwise.
process_pid() {
  local pid birth boot
  { read -r pid birth boot <"$PLACE/run/$1.pid"; } 2>/dev/null || return 1
  [[ $boot == "$(</proc/sys/kernel/random/boot_id)" && $birth == "$(process_birth "$pid")" ]] || return 1
  printf '%s' "$pid"
}

process_lives() {
  process_pid "$1" >/dev/null
}

any_process_lives() {
  local file
  for file in "$PLACE"/run/*.pid; do
    if [[ -f $file ]] && process_lives "$(basename -- "$file" .pid)"; then return 0; fi
  done
  return 1
}

# Starts a command in a session of its own, its output appended to log/NAME.log, and writes its pid file.
process_start() {
  local name=$1 pid birth
  shift
  local log=$PLACE/log/$name.log
  keep_log_small "$log"
  printf '%s\n' "$PORT_SHIFT" >"$PLACE/run/port-shift"
  (
    # Whoever reads our output, holds our lock or runs make's job server must not wait for a process that stays.
    local fd
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      if ((fd > 2 && fd < 255)); then exec {fd}>&-; fi
    done
    exec setsid "$@"
  ) </dev/null >>"$log" 2>&1 &
  pid=$!
  birth=$(process_birth "$pid") || birth=0
  printf '%s %s %s\n' "$pid" "$birth" "$(</proc/sys/kernel/random/boot_id)" >"$PLACE/run/$name.pid"
  STARTED+=("$name")
}

# A log that has grown over 20 MB makes room; the one before it is kept.
keep_log_small() {
  local size
  size=$(stat -c %s -- "$1" 2>/dev/null || echo 0)
  if ((size > 20000000)); then mv -f -- "$1" "$1.1"; fi
}

# Sends the signal, if the process lives.
process_signal() {
  local pid
  pid=$(process_pid "$1") || return 0
  kill -s "$2" "$pid" 2>/dev/null || true
}

# Waits at most BOUND seconds for the end of a process, then ends it hard, saying so.
process_await_end() {
  local name=$1 bound=$2 pid deadline
  if pid=$(process_pid "$name"); then
    deadline=$((SECONDS + bound))
    while process_lives "$name"; do
      if ((SECONDS >= deadline)); then
        step "$name has not ended within ${bound} s of being asked to; killing it (log: $PLACE/log/$name.log)"
        kill -s KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + 10))
      fi
      sleep 0.05
    done
  fi
  rm -f -- "$PLACE/run/$name.pid"
}

process_stop() {
  process_signal "$1" "$2"
  process_await_end "$1" "$3"
}

# Waits until CHECK succeeds; ends the command when the process dies first or BOUND seconds pass.
process_await() {
  local name=$1 bound=$2 deadline
  shift 2
  deadline=$((SECONDS + bound))
  until "$@" >/dev/null 2>&1; do
    if ! process_lives "$name"; then
      show_tail "$PLACE/log/$name.log"
      fail "$name ended while starting; its last words are above" "The whole log: $PLACE/log/$name.log"
    fi
    if ((SECONDS >= deadline)); then
      show_tail "$PLACE/log/$name.log"
      fail "$name runs, but was not ready within $bound s; its last words are above" "The whole log: $PLACE/log/$name.log"
    fi
    sleep 0.05
  done
}

# A service drains its calls for 20 s and gives its other work 30 s.
DRAIN_BOUND=40

# How to end each kind of process: PostgreSQL drops its sessions on INT ("fast"), all others drain on TERM.
process_stop_by_name() {
  case $1 in
    postgres) process_stop postgres INT 60 ;;
    kafka) process_stop kafka TERM 30 ;;
    *) process_stop "$1" TERM "$DRAIN_BOUND" ;;
  esac
}

# Leaves no half-started process behind a failure: stops what this run started, youngest first.
roll_back() {
  local status=$1 i
  trap - EXIT ERR
  trap '' INT TERM HUP # an impatient second Ctrl-C would leave the rest running
  set +e
  if ((status != 0)); then hint_at_full_disk; fi
  if ((status != 0 && ${#STARTED[@]} > 0)); then
    step "stopping what this command had started: ${STARTED[*]}"
    for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
      process_stop_by_name "${STARTED[i]}"
    done
  fi
  exit "$status"
}
trap 'roll_back $?' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'printf "mesh: unexpected failure (%s) of: %s\n      at %s:%s\n" "$?" "$BASH_COMMAND" "${BASH_SOURCE[0]}" "$LINENO" >&2' ERR
