# shellcheck shell=bash
# Apache Kafka with one node (KRaft) in $PLACE/kafka on $KAFKA_PORT of the loopback address.
# kafka/pom.xml names its jars, which the mesh and the tests share.

KAFKA_JVM=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn)

# Prints the folder of the jars. Each version of the pom has its own, so that another version never
# replaces the jars under a running broker.
kafka_libs() {
  printf '%s' "$ARTEL/kafka/libs-$(cksum <"$MESH/kafka/pom.xml" | cut -d ' ' -f 1)"
}

# Fetches the broker's jars. Only a complete set ever gets the folder's name.
kafka_fetch() {
  local libs part log=$ARTEL/log/kafka-fetch.log
  libs=$(kafka_libs)
  part=$libs.part
  if [[ -d $libs ]]; then return; fi
  mkdir -p -- "$ARTEL/log" "$ARTEL/kafka"
  step "Kafka: fetching the broker's jars with Maven (43 MB, once)"
  rm -rf -- "$part"
  if ! mvn -B -q -f "$MESH/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part" \
    >"$log" 2>&1 </dev/null; then
    show_tail "$log"
    fail "Maven could not fetch Kafka's jars; the end of its log is above" \
      "It needs a way to a Maven repository (its settings: ~/.m2/settings.xml). Then run the same command again."
  fi
  mv -- "$part" "$libs"
}

kafka_start() {
  local home=$PLACE/kafka
  if process_lives kafka; then return; fi
  kafka_fetch
  require_free_port "$KAFKA_PORT" Kafka
  require_free_port "$KAFKA_CONTROLLER_PORT" "Kafka's controller"
  mkdir -p -- "$home"
  kafka_settings >"$home/server.properties"
  if [[ ! -s $home/complete ]]; then kafka_format; fi
  process_start kafka env -C / "${KAFKA_JVM[@]}" "-Xmx$KAFKA_HEAP" \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -Dorg.slf4j.simpleLogger.showDateTime=true \
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX" \
    -cp "$(kafka_libs)/*" kafka.Kafka "$home/server.properties"
}

# One small node: internal topics of one replica and few partitions, no wait before a group's first
# rebalance. The broker's session timeout is short, because a killed broker may come back only after
# its old session has ended. The groups' may be short, because the partitions of a killed consumer
# stand still for so long.
kafka_settings() {
  cat <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$PLACE/kafka/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=2000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
log.index.size.max.bytes=1048576
SETTINGS
}

kafka_format() {
  local home=$PLACE/kafka log=$PLACE/log/kafka-format.log id
  step "Kafka: formatting its storage in $home/data"
  rm -rf -- "$home/data"
  # 22 letters of base64, like Kafka's own ids. They never begin with a dash, and the last one
  # carries only two bits of the UUID's 128.
  id=A$(od -An -v -tx1 -N10 /dev/urandom | tr -d ' \n')A
  if ! "${KAFKA_JVM[@]}" -Xmx128m -cp "$(kafka_libs)/*" kafka.tools.StorageTool format -t "$id" -c "$home/server.properties" \
    >"$log" 2>&1 </dev/null; then
    show_tail "$log"
    fail "Kafka's storage could not be formatted in $home/data"
  fi
  printf '%s\n' "$id" >"$home/complete"
}

# Asks the broker for its API versions and waits for the beginning of an answer. The request: length
# 10, API key 18 (ApiVersions), version 0, correlation id 1, no client id.
kafka_ready() {
  local answer
  # shellcheck disable=SC2016 # expanded by the inner shell
  answer=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" &&
    printf "\0\0\0\12\0\22\0\0\0\0\0\1\377\377" >&3 && head -c 4 <&3 | wc -c' "$KAFKA_PORT" 2>/dev/null) && [[ $answer == 4 ]]
}
