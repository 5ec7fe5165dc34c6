# shellcheck shell=bash
# Starting and stopping processes by pid file. A pid file holds the pid, the time when that process
# was born, and the boot: a pid that the system has since given to another process is never mistaken
# for ours, and never killed.

# The processes that this command has started, oldest first; `roll_back` stops them when the command
# fails.
STARTED=()

# Prints the birth time of a living process in clock ticks since the boot; fails if there is none,
# or only its zombie.
process_birth() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The name in brackets may hold anything, so fields count from its end: state is the first, birth
  # the 20th.
  local -a fields
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
  printf '%s' "${fields[19]}"
}

# Prints the pid of a process of this PLACE; fails if it does not live.
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

# Starts a command in a session of its own, appends its output to log/NAME.log, and writes its pid
# file.
process_start() {
  local name=$1 log=$PLACE/log/$1.log pid birth
  shift
  # Room for a new log; the old one is kept once.
  if (($(stat -c %s -- "$log" 2>/dev/null || echo 0) > 20000000)); then mv -f -- "$log" "$log.1"; fi
  printf '%s\n' "$PORT_SHIFT" >"$PLACE/run/port-shift"
  (
    # Nothing that reads our output, waits for our lock or serves make's jobs must wait for a
    # process that stays.
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

# Sends a signal to a process, if it lives.
process_signal() {
  local pid
  if pid=$(process_pid "$1"); then kill -s "$2" "$pid" 2>/dev/null || true; fi
}

# Sends a signal to a process and its children, if it lives: PostgreSQL's children would go on
# without their parent.
process_signal_family() {
  local pid children=()
  pid=$(process_pid "$1") || return 0
  # Stopped first, so that it has no child that is not in the list.
  kill -s STOP "$pid"
  read -ra children <"/proc/$pid/task/$pid/children" || true
  # A child may have ended meanwhile.
  kill -s "$2" "$pid" "${children[@]}" 2>/dev/null || true
}

# Waits at most BOUND seconds until a process has ended, then kills it.
process_await_end() {
  local name=$1 bound=$2 deadline=$((SECONDS + $2))
  while process_lives "$name"; do
    if ((SECONDS >= deadline)); then
      step "$name has not ended within ${bound} s of being asked to; killing it (log: $PLACE/log/$name.log)"
      process_signal "$name" KILL
      deadline=$((SECONDS + 10))
    fi
    sleep 0.05
  done
  rm -f -- "$PLACE/run/$name.pid"
}

# How long a service may take to end: it drains its calls for 20 s and gives its other work 30 s.
DRAIN_BOUND=40

# Asks a process to end in an orderly way, and waits until it has.
process_stop() {
  case $1 in
    # PostgreSQL drops its sessions on SIGINT ("fast"); on SIGTERM it would wait for them.
    postgres) process_signal postgres INT && process_await_end postgres 60 ;;
    kafka) process_signal kafka TERM && process_await_end kafka 30 ;;
    *) process_signal "$1" TERM && process_await_end "$1" "$DRAIN_BOUND" ;;
  esac
}

# Ends a process and its children as a crash would.
process_kill() {
  process_signal_family "$1" KILL
  process_await_end "$1" 10
}

# Waits until CHECK succeeds; fails if the process ends before, or after BOUND seconds.
process_await() {
  local name=$1 bound=$2 deadline=$((SECONDS + $2)) what=''
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! process_lives "$name"; then what="ended while starting"; fi
    if ((SECONDS >= deadline)); then what=${what:-"runs, but was not ready within $bound s"}; fi
    if [[ -n $what ]]; then
      show_tail "$PLACE/log/$name.log"
      fail "$name $what; the end of its log is above" "The whole log: $PLACE/log/$name.log"
    fi
    sleep 0.05
  done
}

# Leaves no half-started process behind a failure: stops what this command has started, youngest
# first.
roll_back() {
  local status=$1 i
  trap - EXIT ERR
  trap '' INT TERM HUP # a second Ctrl-C would leave the rest running
  set +e
  if ((status != 0)); then hint_at_full_disk; fi
  if ((status != 0 && ${#STARTED[@]} > 0)); then
    step "stopping what this command had started: ${STARTED[*]}"
    for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do process_stop "${STARTED[i]}"; done
  fi
  exit "$status"
}
trap 'roll_back $?' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'printf "mesh: unexpected failure (%s) of: %s\n      at %s:%s\n" "$?" "$BASH_COMMAND" "${BASH_SOURCE[0]}" "$LINENO" >&2' ERR
