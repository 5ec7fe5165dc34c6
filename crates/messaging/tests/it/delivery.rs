//! From commit to effect: once, or not at all.

use std::collections::BTreeSet;
use std::time::Duration;

use conventions::Event as _;
use diesel_async::AsyncPgConnection;
use messaging::Consumer;
use prost::Message as _;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _, StreamConsumer};
use rdkafka::message::{Headers as _, Message as _};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

use crate::step::{OnStep, Step, Thing, step};
use crate::world::{Process, SERVICE, SOON, World, headers};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_goes_from_commit_to_effect_once() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world
        .publish(&[step("a", 1, ""), step("a", 2, ""), step("b", 1, "")])
        .await;
    world.until_count("effects", 3).await;
    assert_eq!(world.steps("a").await, [1, 2]);
    assert_eq!(world.count("outbox").await, 0);
    assert_eq!(world.count("inbox").await, 3);
    assert_eq!(world.kept().await, []);
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_a_cloud_event_in_binary_mode() {
    let world = World::new().await;
    let relay = world.relay();
    world.publish(&[step("a", 7, "")]).await;
    let reader: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", world.broker.brokers())
        .set("group.id", format!("{}reader", world.broker.prefix()))
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    reader
        .subscribe(&[&format!("{}{}", world.broker.prefix(), Step::TOPIC)])
        .unwrap();
    let record = tokio::time::timeout(SOON, reader.recv()).await.unwrap().unwrap();
    assert_eq!(record.key(), Some(b"a".as_slice()));
    assert_eq!(Step::decode(record.payload().unwrap()).unwrap(), step("a", 7, ""));
    let header = |name: &str| {
        let headers = record.headers().unwrap();
        let found = headers.iter().find(|header| header.key == name);
        found
            .and_then(|header| header.value)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    };
    assert_eq!(header("ce_specversion").as_deref(), Some("1.0"));
    assert_eq!(header("ce_type").as_deref(), Some(Step::TYPE));
    assert_eq!(header("ce_source").as_deref(), Some("/artel/tester"));
    assert_eq!(header("ce_subject").as_deref(), Some("a"));
    assert_eq!(header("content-type").as_deref(), Some("application/protobuf"));
    assert!(Uuid::try_parse(&header("ce_id").unwrap()).is_ok());
    let time = chrono::DateTime::parse_from_rfc3339(&header("ce_time").unwrap()).unwrap();
    assert!((chrono::Utc::now() - time.to_utc()).num_seconds().abs() < 120);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_on_across_kafka_but_not_into_an_untraced_consumer() {
    use opentelemetry::trace::TracerProvider as _;
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // Global, since tasks of the runtime do the work. No other test here sets one.
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    let untraced = Consumer::new(world.db(), &world.kafka(), "untraced")
        .untraced()
        .on::<Step, _>(OnStep);
    let untraced = Process::start(|stop| untraced.run(stop));
    let span = tracing::info_span!("command");
    let trace = async {
        world.publish(&[step("a", 1, "")]).await;
        service_host::telemetry::trace_id().expect("the command is traced")
    }
    .instrument(span)
    .await;
    world.until_count("effects", 2).await;
    let traces: BTreeSet<String> = world
        .effects()
        .await
        .into_iter()
        .filter_map(|effect| effect.trace)
        .collect();
    assert!(traces.contains(&trace), "{traces:?} without {trace}");
    assert_eq!(
        traces.len(),
        2,
        "the untraced consumer has a trace of its own: {traces:?}"
    );
    relay.stop().await;
    consumer.stop().await;
    untraced.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_group_is_named_as_it_is_told() {
    let world = World::new().await;
    let consumer = Consumer::new(world.db(), &world.kafka(), SERVICE)
        .group("reader")
        .on::<Step, _>(OnStep);
    let relay = world.relay();
    let consumer = Process::start(|stop| consumer.run(stop));
    world.publish(&[step("a", 1, "")]).await;
    world.until_count("effects", 1).await;
    let prefix = world.broker.prefix().to_owned();
    let asked: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", world.broker.brokers())
        .create()
        .unwrap();
    let names: Vec<String> = tokio::task::spawn_blocking(move || {
        let groups = asked.fetch_group_list(None, SOON).unwrap();
        groups
            .groups()
            .iter()
            .map(|group| group.name().to_owned())
            .collect()
    })
    .await
    .unwrap();
    assert!(names.contains(&format!("{prefix}reader")), "{names:?}");
    assert!(!names.contains(&format!("{prefix}artel.{SERVICE}")), "{names:?}");
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_is_never_published() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    let rolled_back: Result<(), diesel::result::Error> = world
        .db()
        .transaction(async |conn: &mut AsyncPgConnection| {
            test_support::publish(conn, &step("a", 1, "")).await?;
            Err(diesel::result::Error::RollbackTransaction)
        })
        .await;
    assert!(rolled_back.is_err());
    world.publish(&[step("a", 2, "")]).await;
    world.until_steps("a", &[2]).await;
    assert_eq!(world.count("inbox").await, 1);
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_refused_where_it_is_published() {
    let world = World::new().await;
    let large = Thing {
        name: "x".repeat(900_001),
    };
    let published = world
        .db()
        .transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, &large).await)
        .await;
    assert!(published.unwrap_err().to_string().contains("too large"));
    assert_eq!(world.count("outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_breaks_its_own_contract_fails_the_transaction_that_publishes_it() {
    let world = World::new().await;
    let broken = step("a", 2, &"x".repeat(101));
    let published = world
        .db()
        .transaction(async |conn: &mut AsyncPgConnection| {
            test_support::publish(conn, &step("a", 1, "")).await?;
            test_support::publish(conn, &broken).await
        })
        .await;
    let reason = published.unwrap_err().to_string();
    assert!(reason.contains("breaks its own contract"), "{reason}");
    assert_eq!(world.count("outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redelivered_event_has_one_effect() {
    let world = World::new().await;
    let consumer = world.consumer();
    let id = Uuid::new_v4().to_string();
    let payload = step("a", 1, "").encode_to_vec();
    for _ in 0..3 {
        world.produce("a", &payload, &headers(&id)).await;
    }
    world
        .produce(
            "a",
            &step("a", 2, "").encode_to_vec(),
            &headers(&Uuid::new_v4().to_string()),
        )
        .await;
    world.until_steps("a", &[1, 2]).await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_nobody_listens_to_is_passed_over() {
    let world = World::new().await;
    let consumer = world.consumer();
    let mut unknown = headers("0190b1c2-0000-7000-8000-000000000001");
    unknown[2].1 = "artel.test.v1.Unheard";
    world.produce("a", b"whatever", &unknown).await;
    world
        .produce(
            "a",
            &step("a", 1, "").encode_to_vec(),
            &headers(&Uuid::new_v4().to_string()),
        )
        .await;
    world.until_steps("a", &[1]).await;
    assert_eq!(world.kept().await, []);
    assert_eq!(world.count("inbox").await, 1);
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_takes_less_than_a_second_from_commit_to_effect() {
    let world = World::new().await;
    let db = world.db();
    let relay = {
        let relay = messaging::Relay::new(db.clone(), &world.kafka(), "tester");
        let stop = tokio_util::sync::CancellationToken::new();
        (tokio::spawn(relay.run(stop.clone())), stop)
    };
    let consumer = world.consumer();
    world.publish(&[step("warm", 1, "")]).await;
    world.until_steps("warm", &[1]).await;
    let began = std::time::Instant::now();
    db.transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, &step("a", 1, "")).await)
        .await
        .unwrap();
    world.until_steps("a", &[1]).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    relay.1.cancel();
    relay.0.await.unwrap();
    consumer.stop().await;
}
