//! From the outbox to Kafka: how fast a backlog drains, and how long a single event takes.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, On, Received, Relay, Stop};
use prost::Message as _;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::Message as _;
use service_host::Database;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::page::{Section, Table, mebibytes, progress, time};
use crate::program;
use crate::stage::{BareProducer, Measured, Stage};

/// How often the topic's length is asked for while a backlog drains.
const LOOK: Duration = Duration::from_millis(50);
/// A run that gets nowhere for so long has failed.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long events are published before they are measured, in seconds. Those that are measured come after all of these have
/// arrived: until its first group has met, a new broker keeps a reader waiting for seconds.
const WARM_UP: u64 = 2;

#[derive(clap::Args)]
pub struct Options {
    /// Events in the outbox that is drained
    #[arg(long, default_value = "500000")]
    backlog: u64,
    /// How often each is measured, in turn with what it is compared with; the median counts
    #[arg(long, default_value = "3")]
    rounds: usize,
    /// Events a second while latency is measured
    #[arg(long, default_value = "500")]
    rate: u64,
    /// Seconds for which latency is measured
    #[arg(long, default_value = "20")]
    seconds: u64,
}

/// Drains a backlog beside a bare producer, then measures latency.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let (mut drained, mut bare) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.max(1) {
        let stage = Stage::new().await?;
        drained.push(drain(&stage, options.backlog).await?);
        progress(format_args!(
            "round {round}: as many records to the same topic by a bare producer"
        ));
        bare.push(stage.produce(options.backlog).await?);
    }
    // What a bare producer has had stays with the process: the first round's memory is the relay's alone.
    let memory = drained[0].memory;
    drained.sort_by_key(|drained| drained.took);
    bare.sort_unstable();
    let (drained, bare) = (drained.swap_remove(drained.len() / 2), bare[bare.len() / 2]);
    let mut latencies = WAYS.map(|(what, ..)| (what, Vec::new()));
    for round in 1..=options.rounds.max(1) {
        for ((what, writer, reader), (_, rounds)) in WAYS.into_iter().zip(&mut latencies) {
            progress(format_args!("round {round}: {what}"));
            rounds.push(latency(options, writer, reader).await?);
        }
    }
    Ok(page(options, &drained, memory, bare, &latencies))
}

fn page(
    options: &Options,
    drained: &Drained,
    memory: Memory,
    bare: Duration,
    latencies: &[(&str, Vec<Latencies>)],
) -> Section {
    let per_second = |events: u64, took: Duration| {
        let events = u32::try_from(events).map_or(f64::MAX, f64::from);
        format!("{:.0}", events / took.as_secs_f64())
    };
    let rate = |took: Duration| per_second(options.backlog, took);
    let mut throughput = Table::new(["outbox to Kafka, 300-byte payloads, acks=all", "events/s", "took"]);
    throughput.row([
        format!(
            "relay, {} events, start of the relay to the empty outbox",
            options.backlog
        ),
        rate(drained.took),
        time(drained.took),
    ]);
    throughput.row([
        "relay, from the first look that found records in the topic to the last record".into(),
        per_second(options.backlog - drained.at_first, drained.first_to_last),
        time(drained.first_to_last),
    ]);
    throughput.row([
        "bare rdkafka producer, same records".into(),
        rate(bare),
        time(bare),
    ]);
    let mut latency = Table::new([
        "from commit on, at a steady rate",
        "p50",
        "p99",
        "p99 of each round, sorted",
        "before it was noted",
    ]);
    for (what, rounds) in latencies {
        let sorted = |percent| {
            let mut times: Vec<Duration> = rounds.iter().map(|round| round.at(percent)).collect();
            times.sort_unstable();
            times
        };
        let (half, most) = (sorted(50), sorted(99));
        latency.row([
            format!("{what}, {} events/s", options.rate),
            time(half[half.len() / 2]),
            time(most[most.len() / 2]),
            most.iter().map(|took| time(*took)).collect::<Vec<_>>().join(", "),
            rounds.iter().map(|round| round.early).sum::<usize>().to_string(),
        ]);
    }
    Section::new("Relay")
        .with("To reach: 50 000 events/s; p50 under 2 ms, p99 under 5 ms; within the service's own memory.")
        .with(throughput)
        .with(format_args!(
            "The process had {} resident before and at most {} while it drained.",
            mebibytes(memory.before),
            mebibytes(memory.at_most)
        ))
        .with(latency)
        .with(
            "What a user would take instead, Debezium Server 3.0 with its outbox router, as issue 4 quotes it, not measured here: \
             32 000–37 000 events/s on two cores in 470–630 MiB; 2.0–2.7 ms p50 and 4–7 ms p99 tuned, 290 ms p50 as it comes.",
        )
        .with(
            "What limits draining: PostgreSQL, the broker and the relay share the machine's cores. What limits latency: one \
             request to the broker and one answer to the reader's waiting fetch; before a listener is called, the transaction is \
             begun and the inbox asked.",
        )
        .with("Repeat: `make bench ARGS=relay`")
}

struct Drained {
    took: Duration,
    /// What the topic held already when it was first found to hold something.
    at_first: u64,
    first_to_last: Duration,
    memory: Memory,
}

/// Resident, in KiB.
#[derive(Clone, Copy)]
struct Memory {
    before: u64,
    at_most: u64,
}

async fn drain(stage: &Stage, backlog: u64) -> anyhow::Result<Drained> {
    progress(format_args!("filling an outbox with {backlog} events"));
    fill(stage, backlog).await?;
    let records = i64::try_from(backlog)?;
    std::fs::write("/proc/self/clear_refs", "5").context("the peak of memory is forgotten")?;
    let before = program::status_of("self", "VmRSS:")?;
    progress("draining it");
    let begun = Instant::now();
    let relay = Running::relay(stage.db()?, stage);
    let mut first = None;
    loop {
        let written = stage.records().await?;
        if written > 0 {
            first.get_or_insert_with(|| (Instant::now(), written));
        }
        if written == records {
            break;
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "only {written} records after {PATIENCE:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
    let (first, at_first) = first.context("there is a first record")?;
    let first_to_last = first.elapsed();
    while stage
        .number("SELECT count(*) AS number FROM (SELECT FROM outbox LIMIT 1) AS first")
        .await?
        > 0
    {
        ensure!(begun.elapsed() < PATIENCE, "the outbox is not emptied");
        tokio::time::sleep(LOOK).await;
    }
    let took = begun.elapsed();
    let at_most = program::status_of("self", "VmHWM:")?;
    relay.stop().await?;
    ensure!(
        stage.records().await? == records,
        "an undisturbed relay publishes each event once"
    );
    Ok(Drained {
        took,
        at_first: u64::try_from(at_first)?,
        first_to_last,
        memory: Memory { before, at_most },
    })
}

/// By the server itself: a client would take minutes.
async fn fill(stage: &Stage, backlog: u64) -> anyhow::Result<()> {
    let event = Measured::new(0);
    let payload = event
        .encode_to_vec()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let (topic, kind) = (
        <Measured as conventions::Event>::TOPIC,
        <Measured as conventions::Event>::TYPE,
    );
    stage
        .execute(&format!(
            "INSERT INTO outbox (topic, key, ce_id, ce_type, ce_time, traceparent, payload) \
             SELECT '{topic}', 'key-' || number % 1000, gen_random_uuid(), '{kind}', now(), \
             '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '\\x{payload}' \
             FROM generate_series(1, {backlog}) AS number"
        ))
        .await
}

/// The ways of an event whose latency is measured. The first, with the same commits beside it, is what broker and machine take.
const WAYS: [(&str, Writer, Reader); 3] = [
    (
        "the committer itself → bare producer → bare consumer",
        Writer::Committer,
        Reader::Bare,
    ),
    ("relay → bare consumer", Writer::Relay, Reader::Bare),
    ("relay → a listener is called", Writer::Relay, Reader::Listener),
];

/// Who brings a committed event to Kafka.
#[derive(Clone, Copy)]
enum Writer {
    /// Whoever committed it, at once: what a crash would lose.
    Committer,
    Relay,
}

/// Who measures when an event arrives.
#[derive(Clone, Copy)]
enum Reader {
    Bare,
    Listener,
}

/// When each event was committed and when it arrived, in nanoseconds of one clock.
struct Times {
    clock: Instant,
    committed: Vec<AtomicU64>,
    arrived: Vec<AtomicU64>,
}

impl Times {
    fn new(events: u64) -> Self {
        let zeros = || (0..events).map(|_| AtomicU64::new(0)).collect();
        Self {
            clock: Instant::now(),
            committed: zeros(),
            arrived: zeros(),
        }
    }

    fn note(&self, times: &[AtomicU64], number: u64) {
        let now = u64::try_from(self.clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(time) = usize::try_from(number).ok().and_then(|number| times.get(number)) {
            time.store(now, Ordering::Relaxed);
        }
    }

    fn have_arrived(&self, events: Range<u64>) -> bool {
        let arrived = |number: u64| {
            let time = usize::try_from(number)
                .ok()
                .and_then(|number| self.arrived.get(number));
            time.is_some_and(|time| time.load(Ordering::Relaxed) > 0)
        };
        events.into_iter().all(arrived)
    }
}

struct Latencies {
    /// Sorted.
    nanoseconds: Vec<u64>,
    /// Events that were there before whoever committed them had noted it. They count as nothing.
    early: usize,
}

impl Latencies {
    /// What so many of a hundred events don't exceed.
    fn at(&self, percent: usize) -> Duration {
        let all = &self.nanoseconds;
        let place = (all.len() * percent / 100).min(all.len().saturating_sub(1));
        Duration::from_nanos(all.get(place).copied().unwrap_or_default())
    }
}

async fn latency(options: &Options, writer: Writer, reader: Reader) -> anyhow::Result<Latencies> {
    let stage = Stage::new().await?;
    let db = stage.db()?;
    let warm_up = WARM_UP * options.rate;
    let events = warm_up + options.seconds * options.rate;
    let times = Arc::new(Times::new(events));
    let (relay, bare) = match writer {
        Writer::Relay => (Some(Running::relay(db.clone(), &stage)), None),
        Writer::Committer => (None, Some(Arc::new(stage.producer(Duration::ZERO)?))),
    };
    let reader = match reader {
        Reader::Bare => Running::bare(&stage, Arc::clone(&times))?,
        Reader::Listener => Running::listener(&stage, Arc::clone(&times))?,
    };
    progress(format_args!("{events} events, {} a second", options.rate));
    for part in [0..warm_up, warm_up..events] {
        publish(&db, part.clone(), options.rate, &times, bare.as_ref()).await?;
        let published = Instant::now();
        while !times.have_arrived(part.clone()) {
            ensure!(published.elapsed() < PATIENCE, "not every event arrived");
            tokio::time::sleep(LOOK).await;
        }
    }
    reader.stop().await?;
    if let Some(relay) = relay {
        relay.stop().await?;
    }
    let skipped = usize::try_from(warm_up)?;
    let mut latencies: Vec<u64> = times
        .committed
        .iter()
        .zip(&times.arrived)
        .skip(skipped)
        .map(|(committed, arrived)| {
            let arrived = arrived.load(Ordering::Relaxed);
            arrived.saturating_sub(committed.load(Ordering::Relaxed))
        })
        .collect();
    latencies.sort_unstable();
    Ok(Latencies {
        early: latencies.iter().filter(|time| **time == 0).count(),
        nanoseconds: latencies,
    })
}

/// One transaction per event, evenly spread; what is to be sent past the outbox goes right after its commit.
async fn publish(
    db: &Database,
    events: Range<u64>,
    rate: u64,
    times: &Arc<Times>,
    bare: Option<&Arc<BareProducer>>,
) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate)?);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut publishing: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for number in events {
        tick.tick().await;
        let (db, times, bare) = (db.clone(), Arc::clone(times), bare.cloned());
        publishing.spawn(async move {
            let event = Measured::new(number);
            db.transaction(async |conn: &mut AsyncPgConnection| messaging::publish(conn, &event).await)
                .await?;
            times.note(&times.committed, number);
            bare.map_or(Ok(()), |bare| bare.send(&event))
        });
        while let Some(published) = publishing.try_join_next() {
            published??;
        }
    }
    while let Some(published) = publishing.join_next().await {
        published??;
    }
    Ok(())
}

/// A listener that only notes the time.
struct Noting(Arc<Times>);

impl On<Measured> for Noting {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<Measured>) -> Result<(), Stop> {
        self.0.note(&self.0.arrived, event.message.number);
        Ok(())
    }
}

/// A part of a service, until it is stopped.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start<F: Future<Output = ()> + Send + 'static>(run: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(stop.clone()));
        Self { stop, task }
    }

    fn relay(db: Database, stage: &Stage) -> Self {
        let relay = Relay::new(db, &stage.kafka(), "bench");
        Self::start(|stop| relay.run(stop))
    }

    fn listener(stage: &Stage, times: Arc<Times>) -> anyhow::Result<Self> {
        let consumer = Consumer::new(stage.db()?, &stage.kafka(), "bench").on::<Measured, _>(Noting(times));
        Ok(Self::start(|stop| consumer.run(stop)))
    }

    fn bare(stage: &Stage, times: Arc<Times>) -> anyhow::Result<Self> {
        let consumer: StreamConsumer = stage
            .client()
            .set("group.id", stage.topic())
            .set("auto.offset.reset", "earliest")
            .create()?;
        consumer.subscribe(&[&stage.topic()])?;
        Ok(Self::start(async move |stop| {
            while let Some(Ok(record)) = stop.run_until_cancelled(consumer.recv()).await {
                if let Some(Ok(event)) = record.payload().map(Measured::decode) {
                    times.note(&times.arrived, event.number);
                }
            }
        }))
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}
