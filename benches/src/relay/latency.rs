//! How long a single event takes from its commit on.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use diesel_async::AsyncPgConnection;
use service_host::Database;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::running::Running;
use super::{LOOK, Options, PATIENCE};
use crate::page::{Table, progress, time};
use crate::stage::{BareProducer, Measured, Stage};

/// How long events are published before they are measured, in seconds. Those that are measured come
/// after all of these have arrived: until its first group has met, a new broker keeps a reader
/// waiting for seconds.
const WARM_UP: u64 = 2;

/// Measures every way, in rounds, each in turn.
pub(super) async fn measure(options: &Options) -> anyhow::Result<Table> {
    let mut latencies = WAYS.map(|(what, ..)| (what, Vec::new()));
    for round in 1..=options.rounds() {
        for ((what, writer, reader), (_, rounds)) in WAYS.into_iter().zip(&mut latencies) {
            progress(format_args!("round {round}: {what}"));
            rounds.push(latency(options, writer, reader).await?);
        }
    }
    Ok(table(options.rate, &latencies))
}

/// Each figure is the median of its own kind.
fn table(rate: u64, latencies: &[(&str, Vec<Latencies>)]) -> Table {
    let mut table = Table::new([
        "from commit on, at a steady rate",
        "p50",
        "p99",
        "p99 of each round, sorted",
        "before it was noted, all rounds",
    ]);
    for (what, rounds) in latencies {
        let sorted = |percent| {
            let mut times: Vec<Duration> = rounds.iter().map(|round| round.at(percent)).collect();
            times.sort_unstable();
            times
        };
        let (p50s, p99s) = (sorted(50), sorted(99));
        table.row([
            format!("{what}, {rate} events/s"),
            time(p50s[p50s.len() / 2]),
            time(p99s[p99s.len() / 2]),
            p99s.iter().map(|took| time(*took)).collect::<Vec<_>>().join(", "),
            rounds.iter().map(|round| round.early).sum::<usize>().to_string(),
        ]);
    }
    table
}

/// The ways of an event whose latency is measured. The first, with the same commits beside it, is
/// what broker and machine take.
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
pub(super) struct Times {
    clock: Instant,
    committed: Vec<AtomicU64>,
    pub(super) arrived: Vec<AtomicU64>,
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

    pub(super) fn note(&self, times: &[AtomicU64], number: u64) {
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

/// One transaction per event, evenly spread; what is to be sent past the outbox goes right after
/// its commit.
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
            db.transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, &event).await)
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
