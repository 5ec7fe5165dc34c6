# shellcheck shell=bash
# A single-node KRaft Apache Kafka in $PLACE/kafka on $KAFKA_PORT of the loopback address. Its jars are named by kafka/pom.xml and
# shared by the mesh and the tests.

# One folder per version of the pom, so that another version never replaces the jars under a running broker.
kafka_libs() {
  printf '%s' "$ARTEL/kafka/libs-$(cksum <"$MESH/kafka/pom.xml" | cut -d ' ' -f 1)"
}

kafka_jars_present() {
  [[ -d $(kafka_libs) ]]
}

# Fetches the broker's jars; only a complete set ever gets the folder's name.
kafka_fetch() {
  local libs part log=$ARTEL/log/kafka-fetch.log
  if kafka_jars_present; then return; fi
  libs=$(kafka_libs)
  part=$libs.part
  mkdir -p -- "$ARTEL/log" "$ARTEL/kafka"
  step "Kafka: fetching the broker's jars with Maven (43 MB, once)"
  rm -rf -- "$part"
  if ! mvn -B -q -f "$MESH/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part" \
    >"$log" 2>&1 </dev/null; then
    show_tail "$log"
    fail "Maven could not fetch Kafka's jars; its last words are above" \
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
  if [[ ! -s $home/complete ]]; then
    kafka_format
  fi
  process_start kafka env -C / java "-Xmx$KAFKA_HEAP" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -Dorg.slf4j.simpleLogger.showDateTime=true "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX" \
    -cp "$(kafka_libs)/*" kafka.Kafka "$home/server.properties"
}

# One node, small: internal topics of one replica and few partitions, no wait before a group's first rebalance. The session
# time-outs are short because a broker that was killed must wait for its own old session to end before it may come back, and may be
# short for consumers, whose partitions stand still for so long when they are killed.
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
  local home=$PLACE/kafka id
  step "Kafka: formatting its storage in $home/data"
  rm -rf -- "$home/data"
  # Kafka's own ids never begin with a dash.
  id=A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-21)
  # The last of 22 letters carries only two bits of a UUID's 128.
  id=${id:0:21}A
  if ! java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$(kafka_libs)/*" \
    kafka.tools.StorageTool format -t "$id" -c "$home/server.properties" >"$PLACE/log/kafka-format.log" 2>&1 </dev/null; then
    show_tail "$PLACE/log/kafka-format.log"
    fail "Kafka's storage could not be formatted in $home/data"
  fi
  printf '%s\n' "$id" >"$home/complete"
}

# Asks the broker for its API versions (Kafka protocol, key 18, version 0) and waits for the beginning of an answer.
kafka_ready() {
  local answer
  # shellcheck disable=SC2016 # expanded by the inner shell
  answer=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "\0\0\0\12\0\22\0\0\0\0\0\1\377\377" >&3 && head -c 4 <&3 | wc -c' \
    probe "$KAFKA_PORT" 2>/dev/null) && [[ $answer == 4 ]]
}

kafka_await() {
  process_await kafka 60 kafka_ready
}
