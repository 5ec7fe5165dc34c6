# shellcheck shell=bash
# Where everything lies. All of it is below .artel/, nothing else on the machine is touched.
#
# PLACE is the folder of one set of processes: .artel for the mesh, .artel/test for the PostgreSQL and Kafka that all tests share,
# .artel/own/NAME for those of one test that kills them. Each has run/ (pid files), log/, postgres/, kafka/ and secrets/ of its own, and
# never meets another.
# shellcheck disable=SC2034 # the other libraries read these

ARTEL=$ROOT/.artel

# librdkafka's own build breaks at a blank in the path, so that in such a checkout cargo builds elsewhere.
if [[ -z ${CARGO_TARGET_DIR:-} && $ROOT =~ [[:space:]] ]]; then
  CARGO_TARGET_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/artel-$(printf '%s' "$ROOT" | sha256sum | cut -c 1-12)
  if [[ $CARGO_TARGET_DIR =~ [[:space:]] ]]; then CARGO_TARGET_DIR=/var/tmp/$(basename -- "$CARGO_TARGET_DIR")-$EUID; fi
  export CARGO_TARGET_DIR
fi

use_mesh_place() {
  PLACE=$ARTEL
  make_place
  read_port_shift
  POSTGRES_PORT=$((17432 + PORT_SHIFT))
  KAFKA_PORT=$((17092 + PORT_SHIFT))
  KAFKA_CONTROLLER_PORT=$((17093 + PORT_SHIFT))
  OUTSIDE_HTTP_PORT=$((17301 + PORT_SHIFT))
  OUTSIDE_SMTP_PORT=$((17325 + PORT_SHIFT))
  KAFKA_HEAP=256m
}

use_test_place() {
  PLACE=$ARTEL/test
  make_place
  read_port_shift
  POSTGRES_PORT=$((18432 + PORT_SHIFT))
  KAFKA_PORT=$((18092 + PORT_SHIFT))
  KAFKA_CONTROLLER_PORT=$((18093 + PORT_SHIFT))
  KAFKA_HEAP=512m # every test makes topics of its own
}

# A place for the servers of one test alone. How many there may be at once is bounded by the ports between those of the other places.
OWN_PLACES=10

use_own_place() {
  local name=$1 first
  [[ $name =~ ^[a-z][a-z0-9-]*$ ]] || fail "'$name' is no name of a place" "It begins with a small letter; small letters, digits and dashes may follow."
  PLACE=$ARTEL/own/$name
  make_place
  read_port_shift
  claim_own_ports
  first=$((18150 + 4 * OWN_PLACE + PORT_SHIFT))
  POSTGRES_PORT=$first
  KAFKA_PORT=$((first + 1))
  KAFKA_CONTROLLER_PORT=$((first + 2))
  KAFKA_HEAP=256m
}

# Sets OWN_PLACE to the number of PLACE, one that no other own place has. It is kept, since a server that was killed must come back where
# it was.
claim_own_ports() {
  local claim=$PLACE/run/number lock
  exec {lock}>>"$ARTEL/own/lock"
  flock "$lock"
  if [[ ! -s $claim ]]; then
    OWN_PLACE=0
    while grep -qxs -- "$OWN_PLACE" "$ARTEL"/own/*/run/number; do OWN_PLACE=$((OWN_PLACE + 1)); done
    ((OWN_PLACE < OWN_PLACES)) ||
      fail "there are $OWN_PLACES places of tests' own servers already" "Remove what tests left behind: tools/mesh/mesh test-env-down"
    printf '%s\n' "$OWN_PLACE" >"$claim"
  fi
  OWN_PLACE=$(<"$claim")
  exec {lock}>&-
}

# Every port is moved by PORT_SHIFT, so that two checkouts can be up on one machine. What is up keeps the shift that it was started
# with, whether or not a later command is told.
read_port_shift() {
  local told=${ARTEL_PORT_SHIFT:-} kept=''
  [[ $told =~ ^[0-9]{0,4}$ ]] || fail "ARTEL_PORT_SHIFT is '$told', but must be a number from 0 to 9999"
  if any_process_lives; then kept=$(cat -- "$PLACE/run/port-shift" 2>/dev/null || true); fi
  if [[ -n $told && -n $kept ]] && ((10#$told != kept)); then
    fail "ARTEL_PORT_SHIFT is $told, but what is up in $PLACE was started with $kept" "Stop that first, or unset ARTEL_PORT_SHIFT."
  fi
  PORT_SHIFT=$((10#${told:-${kept:-0}}))
}

# Two users in one .artel would lock each other out of half of it, so it belongs to the first.
make_place() {
  if [[ -e $ARTEL && ! -O $ARTEL ]]; then
    fail "$ARTEL belongs to $(stat -c %U -- "$ARTEL"), and you are $(id -un)" \
      "Go on as $(stat -c %U -- "$ARTEL"), or as that user run make down-and-erase and remove $ARTEL."
  fi
  mkdir -p -- "$PLACE/run" "$PLACE/log" || fail "cannot write below $ROOT" "Make it writable for $(id -un), or work in a clone of your own."
  (umask 077 && mkdir -p -- "$PLACE/secrets")
}

# A password that is made once and then kept, readable by its owner only.
secret() {
  local file=$PLACE/secrets/$1
  if [[ ! -s $file ]]; then
    (umask 077 && od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n' >"$file.part" && mv -- "$file.part" "$file")
  fi
  printf '%s' "$(<"$file")"
}

# One mesh command at a time per place. The lock goes with the process, however it ends.
lock_place() {
  local lock=$PLACE/run/lock
  exec {LOCK}>>"$lock"
  if ! flock -n "$LOCK"; then
    step "waiting for another mesh command in this checkout to end"
    flock -w 900 "$LOCK" || fail "another mesh command has been running for 15 minutes" \
      "See which: fuser -v '$lock'"
  fi
}

unlock_place() {
  exec {LOCK}>&-
}
