# shellcheck shell=bash

help_command() {
  cat <<'HELP'
tools/mesh/mesh COMMAND: the whole of Artel on one machine, without containers, all of it below .artel/

the mesh
  up [--no-build] [PROCESS…]  install what is missing, build, start everything (or only these), wait until it serves
  down                        stop everything; the data stays
  down-and-erase              stop everything and erase the data, logs, keys and passwords
  status                      table: service, address, health, memory, log            (also: ps)
  demo [ARGUMENT…]            play the main job from end to end; bring the mesh up first if necessary

one process (admin, orders, consumables, billing, onboarding, notify, totalizator, outside-world, postgres, kafka)
  logs PROCESS                print its log; on a terminal: follow it
  restart PROCESS             build it, migrate it, replace the running one
  stop PROCESS                let it drain and end
  start PROCESS               start it as it was built and configured
  kill PROCESS                end it as a crash would
  env [SERVICE]               print its settings as shell code, passwords included; without a service those of artel

work on Artel
  test [ARGUMENT…]            run every test; arguments go to cargo test
  test-env                    start PostgreSQL and Kafka for tests; print the variables: eval "$(tools/mesh/mesh test-env)"
  test-env-down               stop them, and remove the servers that interrupted tests left
  chaos                       put the mesh under load while services, broker and database are killed, then audit it
  infra PLACE up              start PostgreSQL and Kafka for one test alone, empty, in .artel/own/PLACE; print the
                              variables of test-env
  infra PLACE kill|start|freeze|thaw postgres|kafka
                              kill it with its children; start it and wait until it answers; SIGSTOP; SIGCONT
  infra PLACE down            kill both and erase the place
  lint [PART…]                check shell, prose (typos, rumdl), contracts (buf), landed (frozen files, new
                              migrations), alarms (promtool), dependencies (cargo-deny) and
                              rust (fmt, clippy); all parts without arguments
  golden                      write the golden payloads that new or changed messages lack (proto/golden)
  landed                      freeze today's contracts, payloads and migrations: later ones must be compatible
  roll orders [COMMIT]        run the landed version (or COMMIT), the working tree's, and the first again, under load,
                              and print what callers noticed
  bench [MEASUREMENT…]        run the measurements, or only these
  fuzz                        send invalid requests to every method: N=100000 requests each, repeated for MINUTES=60,
                              SEED=7 for the same requests again, METHODS=Billing for paths that contain this
  install [GROUP…]            as root: install the Debian packages of the groups run, kafka, build, test, lint (default: all)

settings
  RELEASE=1                   build and run the release profile; tests, chaos and fuzz: as fast, with assertions
  ARTEL_PORT_SHIFT=1000       add this to every port, so that two checkouts can be up at once
  KILLS=300 SEED=7            how often chaos kills (50), and the seed of its choices (random)
  LINT_AGAINST=REF            the commit that the contracts must stay compatible with
HELP
}
