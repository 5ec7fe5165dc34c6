# shellcheck shell=bash
# Where the files of the mesh lie: below .artel/, with the exceptions that
# docs/runbook/local-mesh.md lists.
#
# PLACE is the folder of one set of processes: .artel for the mesh, .artel/test for the PostgreSQL
# and Kafka that all tests share, .artel/own/NAME for those of one test that kills them. Each has
# run/ (pid files), log/, postgres/, kafka/ and secrets/ of its own.
# shellcheck disable=SC2034 # the other libraries read these

ARTEL=$ROOT/.artel

# librdkafka's own build fails if its path has a blank, so cargo builds elsewhere for such a
# checkout.
if [[ -z ${CARGO_TARGET_DIR:-} && $ROOT =~ [[:space:]] ]]; then
  CARGO_TARGET_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/artel-$(printf '%s' "$ROOT" | sha256sum | cut -c 1-12)
  if [[ $CARGO_TARGET_DIR =~ [[:space:]] ]]; then CARGO_TARGET_DIR=/var/tmp/$(basename -- "$CARGO_TARGET_DIR")-$EUID; fi
  export CARGO_TARGET_DIR
fi

# Sets PLACE, creates its folders and sets the ports: PostgreSQL's, Kafka's and the one after it,
# for Kafka's controller.
use_place() {
  PLACE=$1
  make_place
  read_port_shift
  POSTGRES_PORT=$(($2 + PORT_SHIFT))
  KAFKA_PORT=$(($3 + PORT_SHIFT))
  KAFKA_CONTROLLER_PORT=$((KAFKA_PORT + 1))
  KAFKA_HEAP=$4
}

use_mesh_place() {
  use_place "$ARTEL" 17432 17092 256m
  OUTSIDE_HTTP_PORT=$((17301 + PORT_SHIFT))
  OUTSIDE_SMTP_PORT=$((17325 + PORT_SHIFT))
}

# Each test creates topics of its own, so that Kafka needs more memory.
use_test_place() {
  use_place "$ARTEL/test" 18432 18092 512m
}

# How many places of tests' own servers there may be at once: their ports lie between those of the
# other places.
OWN_PLACES=10

use_own_place() {
  local name=$1 first
  [[ $name =~ ^[a-z][a-z0-9-]*$ ]] ||
    fail "'$name' cannot name a place" "Use small letters, digits and dashes, and begin with a letter."
  PLACE=$ARTEL/own/$name
  make_place
  claim_number
  first=$((18150 + 4 * NUMBER))
  use_place "$PLACE" "$first" $((first + 1)) 256m
}

# Sets NUMBER to the number of PLACE, which no other own place has. It is kept, since a server that
# was killed must come back on its port.
claim_number() {
  local claim=$PLACE/run/number lock
  exec {lock}>>"$ARTEL/own/lock"
  flock "$lock"
  if [[ ! -s $claim ]]; then
    NUMBER=0
    while grep -qxs -- "$NUMBER" "$ARTEL"/own/*/run/number; do NUMBER=$((NUMBER + 1)); done
    ((NUMBER < OWN_PLACES)) ||
      fail "there are $OWN_PLACES places of tests' own servers already" "Remove what tests left: tools/mesh/mesh test-env-down"
    printf '%s\n' "$NUMBER" >"$claim"
  fi
  NUMBER=$(<"$claim")
  exec {lock}>&-
}

# Sets PORT_SHIFT, which is added to every port, so that two checkouts can be up on one machine.
# Processes that run keep the shift that they were started with, whether or not a later command has
# the variable.
read_port_shift() {
  local given=${ARTEL_PORT_SHIFT:-} kept=''
  [[ $given =~ ^[0-9]{0,4}$ ]] || fail "ARTEL_PORT_SHIFT is '$given', but must be a number from 0 to 9999"
  if any_process_lives; then kept=$(cat -- "$PLACE/run/port-shift" 2>/dev/null || true); fi
  if [[ -n $given && -n $kept ]] && ((10#$given != kept)); then
    fail "ARTEL_PORT_SHIFT is $given, but the processes of $PLACE were started with $kept" \
      "Stop them first, or unset ARTEL_PORT_SHIFT."
  fi
  PORT_SHIFT=$((10#${given:-${kept:-0}}))
}

# Two users in one .artel would lock each other out of half of it, so it belongs to the first.
make_place() {
  local owner
  if [[ -e $ARTEL && ! -O $ARTEL ]]; then
    owner=$(stat -c %U -- "$ARTEL")
    fail "$ARTEL belongs to $owner, and you are $(id -un)" \
      "Go on as $owner, or as that user run make down-and-erase and remove $ARTEL."
  fi
  mkdir -p -- "$PLACE/run" "$PLACE/log" ||
    fail "cannot write below $ROOT" "Make it writable for $(id -un), or use a clone of your own."
  (umask 077 && mkdir -p -- "$PLACE/secrets")
}

# Prints a password, which is created when it is first needed, readable by its owner only.
secret() {
  local file=$PLACE/secrets/$1
  if [[ ! -s $file ]]; then
    (umask 077 && od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n' >"$file.part" && mv -- "$file.part" "$file")
  fi
  printf '%s' "$(<"$file")"
}

# One command at a time may change a place. The lock ends with the process, however that ends.
lock_place() {
  local lock=$PLACE/run/lock
  exec {LOCK}>>"$lock"
  if ! flock -n "$LOCK"; then
    step "waiting for another mesh command in this checkout to end"
    flock -w 900 "$LOCK" || fail "another mesh command has been running for 15 minutes" "Show it: fuser -v '$lock'"
  fi
}

unlock_place() {
  exec {LOCK}>&-
}
