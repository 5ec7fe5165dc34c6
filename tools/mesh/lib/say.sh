# shellcheck shell=bash
# Messages to the user. Progress goes to standard error, so that standard output stays usable (`eval
# "$(mesh test-env)"`).

# Prints one line of progress with the seconds since the command began.
step() {
  printf '[%3ds] %s\n' "$SECONDS" "$*" >&2
}

# Ends the command: the first argument says what failed, every further one is a line that says what
# to do.
fail() {
  printf '\nmesh: %s\n' "$1" >&2
  if (($# > 1)); then printf '      %s\n' "${@:2}" >&2; fi
  exit 1
}

# Prints the last lines of a log, indented, above the message of a failure.
show_tail() {
  printf '\n--- the last lines of %s\n' "$1" >&2
  tail -n 15 -- "$1" 2>/dev/null | cut -c 1-400 | sed 's/^/    /' >&2 || true
  printf -- '---\n' >&2
}
