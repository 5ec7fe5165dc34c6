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
  cargo build --workspace --all-targets >&2 || fail "the build failed; cargo's words are above"
  program=$(mesh_tests)
  [[ -x $program ]] || fail "cargo did not say where the whole-mesh tests are"
  ARTEL_CHAOS_KILLS=${KILLS:-} ARTEL_CHAOS_SEED=${SEED:-} \
    "$program" --exact chaos::chaos_loses_nothing_and_does_nothing_twice --nocapture
}

# The program that holds the whole-mesh tests.
mesh_tests() {
  cargo test --workspace --test it --no-run --message-format=json 2>/dev/null |
    grep -F '/tests/Cargo.toml"' | grep -oE '"executable":"[^"]+"' | cut -d '"' -f 4 | tail -n 1
}
