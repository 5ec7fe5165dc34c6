# shellcheck shell=bash
# Nonsense on the wire for every method of every service; tests/tests/it/fuzz.rs does it and says how it went.

fuzz_command() {
  if [[ -n ${N:-} ]]; then export ARTEL_FUZZ_CASES=$N; fi
  if [[ -n ${MINUTES:-} ]]; then export ARTEL_FUZZ_MINUTES=$MINUTES; fi
  if [[ -n ${SEED:-} ]]; then export ARTEL_FUZZ_SEED=$SEED; fi
  if [[ -n ${METHODS:-} ]]; then export ARTEL_FUZZ_METHODS=$METHODS; fi
  test_command --test it fuzz:: -- --nocapture
}
