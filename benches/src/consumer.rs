//! From Kafka into the database: how fast a listener's effects and the inbox are written.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use diesel::Insertable;
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, On, Received, Stop};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::load::Load;
use crate::page::{Section, Table, progress, time};
use crate::pgbench;
use crate::stage::{Measured, Stage};

/// Partitions that are in a transaction at once, by default.
const CONNECTIONS: usize = 4;
const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_mins(5);

diesel::table! {
    effects (event_id) {
        event_id -> Uuid,
        key -> Text,
        number -> BigInt,
    }
}

const TABLE: &str =
    "CREATE TABLE effects (event_id uuid PRIMARY KEY, key text NOT NULL, number bigint NOT NULL)";

/// One transaction per event: what taking it in asks of the database, nothing around it. Ids grow
/// with time, as an event's do.
const SCRIPT: &str = "
\\set n :n + 1
\\set number random(0, 1000000000)
BEGIN;
INSERT INTO inbox (consumer, event_id)
SELECT 'baseline', (lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid ON CONFLICT DO NOTHING RETURNING event_id;
SELECT key FROM parked WHERE consumer = 'baseline' AND topic = 'topic' AND key = 'key-' || :number % 1000 AND state <> 'dropped'
ORDER BY id LIMIT 1 FOR KEY SHARE;
INSERT INTO effects (event_id, key, number) VALUES (
    (lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid, 'key-' || :number % 1000, :number);
COMMIT;
";

#[derive(clap::Args)]
pub struct Options {
    /// Events that are taken in
    #[arg(long, default_value = "200000")]
    events: u64,
    /// Seconds that the baseline runs
    #[arg(long, default_value = "8")]
    seconds: u64,
    /// How often both are measured, in turn; the median counts
    #[arg(long, default_value = "3")]
    rounds: usize,
}

/// Takes a full topic in beside pgbench.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let (mut baselines, mut times) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.max(1) {
        // Each on tables and a topic of its own.
        progress(format_args!(
            "round {round}: {} events are written to the topic and taken in",
            options.events
        ));
        let stage = Stage::new().await?;
        stage.execute(TABLE).await?;
        stage.produce(options.events).await?;
        times.push(take_in(&stage, options.events).await?);
        progress(format_args!("round {round}: pgbench, one transaction per event"));
        let stage = Stage::new().await?;
        stage.execute(TABLE).await?;
        let time = Duration::from_secs(options.seconds);
        baselines.push(pgbench::run(stage.url(), SCRIPT, CONNECTIONS, time).await?);
    }
    let baseline = Load::median(baselines)?.rate;
    times.sort_unstable();
    let took = times[times.len() / 2];
    let reached = u32::try_from(options.events).map(f64::from)? / took.as_secs_f64();
    let mut table = Table::new(["inbox, parking and effect, durable", "events/s", "ratio"]);
    table.row([
        format!("consumer, {} events in {}", options.events, time(took)),
        format!("{reached:.0}"),
        format!("{:.1}", reached / baseline),
    ]);
    table.row([
        format!("pgbench, the same statements, one transaction per event, {CONNECTIONS} connections"),
        format!("{baseline:.0}"),
        "1".into(),
    ]);
    Ok(Section::new("Consumer")
        .with("To reach: a ratio of 2.0.")
        .with(table)
        .with(
            "From the first effect to the last, every setting at its default: 6 partitions, 4 of them in a transaction at once, at most 200 \
             events in one. What limits it: the round trip to PostgreSQL of each listener's own statements; inbox, parking and commit are \
             paid once per batch.",
        )
        .with("Repeat: `make bench ARGS=consumer`"))
}

#[derive(Insertable)]
#[diesel(table_name = effects, treat_none_as_default_value = false)]
struct Effect<'a> {
    event_id: Uuid,
    key: &'a str,
    number: i64,
}

/// A listener with one statement, as most have.
struct Writing {
    effects: Arc<AtomicU64>,
    first: Arc<OnceLock<Instant>>,
}

impl On<Measured> for Writing {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<Measured>) -> Result<(), Stop> {
        self.first.get_or_init(Instant::now);
        let effect = Effect {
            event_id: event.id,
            key: &event.message.key,
            number: i64::try_from(event.message.number).map_err(Stop::refused)?,
        };
        let insert = diesel::insert_into(effects::table).values(&effect);
        // The trait in scope would take `load` from the counters.
        diesel_async::RunQueryDsl::execute(insert, conn).await?;
        self.effects.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// From the first effect until all are committed.
async fn take_in(stage: &Stage, events: u64) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let (effects, first) = (Arc::new(AtomicU64::new(0)), Arc::new(OnceLock::new()));
    let listener = Writing {
        effects: Arc::clone(&effects),
        first: Arc::clone(&first),
    };
    let consumer = Consumer::new(stage.db()?, &stage.kafka(), "bench").on::<Measured, _>(listener);
    let stop = CancellationToken::new();
    let running = tokio::spawn(consumer.run(stop.clone()));
    let committed = async || stage.number("SELECT count(*) AS number FROM effects").await;
    // Rows are counted only once all may be there: counting takes time from what is measured.
    while effects.load(Ordering::Relaxed) < events || committed().await? < i64::try_from(events)? {
        ensure!(begun.elapsed() < PATIENCE, "not every event was taken in");
        tokio::time::sleep(LOOK).await;
    }
    let first = first.get().context("there was a first event")?;
    let took = first.elapsed();
    stop.cancel();
    running.await?;
    Ok(took)
}
