# shellcheck shell=bash
# The whole mesh under load while everything is killed, on a PostgreSQL and a Kafka of its own. The same run belongs to all tests.

# `mesh chaos`: KILLS and SEED come from the environment.
chaos_command() {
  local program number
  for number in "${KILLS:-0}" "${SEED:-0}"; do
    [[ $number =~ ^[0-9]+$ ]] || fail "KILLS and SEED are numbers, and '$number' is none" "For example: make chaos KILLS=300 SEED=7"
  done
  need_rust
  need_packages run kafka build
  step "building the programs and their tests"
  program=$(mesh_tests) || fail "the build failed; cargo's words are above"
  ARTEL_CHAOS_KILLS=${KILLS:-} ARTEL_CHAOS_SEED=${SEED:-} \
    "$program" --exact chaos::chaos_loses_nothing_and_does_nothing_twice --nocapture
}

# Builds the programs and the program that holds the whole-mesh tests, which it prints. One selection for both: for another one cargo
# would build half of the workspace again with other features.
mesh_tests() {
  local program profile
  mapfile -t profile < <(test_profile)
  program=$(cargo build --workspace --all-targets "${profile[@]}" --message-format=json-render-diagnostics |
    grep -F '/tests/Cargo.toml"' | grep -oE '"executable":"[^"]+/it-[^"]+"' | cut -d '"' -f 4)
  [[ -x $program ]] && printf '%s\n' "$program"
}
