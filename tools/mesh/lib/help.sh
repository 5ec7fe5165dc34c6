# shellcheck shell=bash

help_command() {
  cat <<'HELP'
tools/mesh/mesh COMMAND: the whole of Artel on one machine, without containers, all of it below .artel/

the mesh
  up [--no-build] [SERVICE…]  install what is missing, build, start everything (or only these services), wait until it serves
  down                        stop everything; the data stays
  down-and-erase              stop everything and erase the data, logs, keys and passwords
  status                      table: service, address, health, memory, log            (also: ps)
  demo [ARGUMENT…]            the main job, played from end to end; brings the mesh up where it isn't

one process (admin, orders, consumables, billing, onboarding, notify, totalizator, outside-world, postgres, kafka)
  logs SERVICE                its log: followed on a terminal, all of it elsewhere
  restart SERVICE             build it, migrate it, replace the running one
  stop SERVICE                let it drain and end
  start SERVICE               start it as it was built and set
  kill SERVICE                end it as a crash would
  env [SERVICE]               its settings as shell code, passwords included; without one, those of artel

work on Artel
  test [ARGUMENT…]            every test; arguments go to cargo test
  test-env                    PostgreSQL and Kafka for tests; prints the variables: eval "$(tools/mesh/mesh test-env)"
  test-env-down               stop those, and what tests that were cut short left behind
  chaos                       load over the whole mesh while services, broker and database are killed, then an audit
  infra PLACE up              PostgreSQL and Kafka of one test's own, empty, in .artel/own/PLACE; prints the variables of test-env
  infra PLACE kill|start|freeze|thaw postgres|kafka
                              end it as a power cut would; start it again and wait until it answers; SIGSTOP; SIGCONT
  infra PLACE down            end both hard and erase the place
  lint [PART…]                formats and lints of shell, contracts (buf), landed (frozen files, new migrations), alarms (promtool) and
                              rust (fmt, clippy); all without arguments
  golden                      write the golden payloads that new or changed messages lack (proto/golden)
  landed                      freeze today's contracts, payloads and migrations: what comes later must fit them
  roll orders [COMMIT]        the landed version (or COMMIT), the working tree's, and the first again, under load: what callers saw
  bench [MEASUREMENT…]        the measurements, or only these
  fuzz                        nonsense on the wire for every method; N=100000 a method, MINUTES=60 again and again,
                              SEED=7 to see the same again, METHODS=Billing only those whose path holds this
  install [GROUP…]            as root: install the Debian packages of the groups run, kafka, build, lint (all without arguments)

settings
  RELEASE=1                   build and run the release profile; tests, chaos and fuzz: one as fast, with assertions
  ARTEL_PORT_SHIFT=1000       add this to every port, so that two checkouts can be up at once
  KILLS=300 SEED=7            how often chaos kills (50), and by which choices (any)
  LINT_AGAINST=REF            the state that the contracts must stay compatible with
HELP
}
