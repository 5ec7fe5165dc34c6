# shellcheck shell=bash
# Where everything lies. All of it is below .artel/, nothing else on the machine is touched.
#
# PLACE is the folder of one set of processes: .artel for the mesh, .artel/test for the tests' own PostgreSQL and Kafka.
# Each has run/ (pid files), log/, postgres/, kafka/ and secrets/ of its own, and never meets the other.
# shellcheck disable=SC2034 # the other libraries read these

ARTEL=$ROOT/.artel

# Moves every port by this much, so that two checkouts can be up on one machine.
PORT_SHIFT=${ARTEL_PORT_SHIFT:-0}
[[ $PORT_SHIFT =~ ^[0-9]{1,4}$ ]] || fail "ARTEL_PORT_SHIFT is '$PORT_SHIFT', but must be a number from 0 to 9999"

use_mesh_place() {
  PLACE=$ARTEL
  POSTGRES_PORT=$((17432 + PORT_SHIFT))
  KAFKA_PORT=$((17092 + PORT_SHIFT))
  KAFKA_CONTROLLER_PORT=$((17093 + PORT_SHIFT))
  KAFKA_HEAP=256m
  make_place
}

use_test_place() {
  PLACE=$ARTEL/test
  POSTGRES_PORT=$((18432 + PORT_SHIFT))
  KAFKA_PORT=$((18092 + PORT_SHIFT))
  KAFKA_CONTROLLER_PORT=$((18093 + PORT_SHIFT))
  KAFKA_HEAP=512m # every test makes topics of its own
  make_place
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
