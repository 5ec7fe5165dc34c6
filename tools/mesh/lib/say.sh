# shellcheck shell=bash
# What the user sees. Progress goes to standard error, so that standard output stays usable (`eval "$(mesh test-env)"`).

# One line of progress, with the seconds since the command began.
step() {
  printf '[%3ds] %s\n' "$SECONDS" "$*" >&2
}

# Ends the command: the first argument says what is wrong, every further one is a line saying what to do.
fail() {
  printf '\nmesh: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do
    printf '      %s\n' "$line" >&2
  done
  exit 1
}

# The last lines of a log, indented, for a failure's message.
show_tail() {
  local log=$1
  printf '\n--- the last lines of %s\n' "$log" >&2
  tail -n 15 -- "$log" 2>/dev/null | cut -c 1-400 | sed 's/^/    /' >&2 || true
  printf -- '---\n' >&2
}
