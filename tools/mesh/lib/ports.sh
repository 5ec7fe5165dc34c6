# shellcheck shell=bash
# The processes that listen on ports, read from /proc: no tool is needed for it, and it works for an
# ordinary user.

# Prints the inodes of the sockets that listen on a port, one per line.
port_sockets() {
  local hex
  printf -v hex '%04X' "$1"
  awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null || true
}

# Prints the pid of the process that listens on a port; nothing if it belongs to another user and is
# not visible.
port_owner() {
  local inode found
  for inode in $(port_sockets "$1"); do
    found=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    if [[ -n $found ]]; then
      cut -d / -f 3 <<<"$found"
      return
    fi
  done
}

# Fails if another process listens on the port that WHAT needs, and says what to do.
require_free_port() {
  local port=$1 what=$2 pid deadline=$((SECONDS + 10))
  local move='or move all ports of the mesh: export ARTEL_PORT_SHIFT=1000 (for artel as well: source <(tools/mesh/mesh env))'
  while [[ -n $(port_sockets "$port") ]]; do
    pid=$(port_owner "$port")
    if [[ -n $pid ]]; then
      fail "port $port, which $what needs, is taken by pid $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-160)" \
        "Stop that process: kill $pid" "$move"
    fi
    # No visible owner: another user's process, or one that was killed and whose threads have not
    # all ended.
    if ((SECONDS >= deadline)); then
      fail "port $port, which $what needs, is taken by another user's process" \
        "Show it: sudo ss -ltnp 'sport = :$port'" "Stop it, $move"
    fi
    sleep 0.05
  done
}
