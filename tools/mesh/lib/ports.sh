# shellcheck shell=bash
# Who listens where, read from /proc: no tool is needed for it, and it works for an ordinary user.

# The inodes of the sockets listening on a port, one per line.
port_sockets() {
  local hex
  printf -v hex '%04X' "$1"
  awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true
}

port_is_taken() {
  [[ -n $(port_sockets "$1") ]]
}

# The pid of the process listening on a port; nothing when it belongs to another user, and can't be seen.
port_owner() {
  local inode found
  for inode in $(port_sockets "$1"); do
    found=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    if [[ -n $found ]]; then
      found=${found#/proc/}
      printf '%s' "${found%%/*}"
      return
    fi
  done
}

# Stops the command with what to do when somebody else has one of our ports.
require_free_port() {
  local port=$1 what=$2 pid deadline=$((SECONDS + 10))
  while port_is_taken "$port"; do
    pid=$(port_owner "$port")
    if [[ -n $pid ]]; then
      fail "port $port, which $what needs, is taken by pid $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-160)" \
        "Stop that process: kill $pid" \
        "or move all of the mesh's ports: export ARTEL_PORT_SHIFT=1000 (artel's too: source <(tools/mesh/mesh env))"
    fi
    # Nobody's who can be seen: another user's, or of a process that was killed and whose threads are not all gone.
    if ((SECONDS >= deadline)); then
      fail "port $port, which $what needs, is taken by another user's process" \
        "See which:        sudo ss -ltnp 'sport = :$port'" \
        "Stop that, or move all of the mesh's ports: export ARTEL_PORT_SHIFT=1000 (artel's too: source <(tools/mesh/mesh env))"
    fi
    sleep 0.05
  done
}
