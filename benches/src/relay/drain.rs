//! How fast a backlog drains.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use prost::Message as _;

use super::running::Running;
use super::{LOOK, PATIENCE};
use crate::page::{Table, mebibytes, progress, time};
use crate::program;
use crate::stage::{Measured, Stage};

/// What relay and bare producer made of the same backlog.
pub(super) struct Drains {
    backlog: u64,
    relay: Drained,
    /// Of the first round: what a bare producer has had stays with the process.
    memory: Memory,
    bare: Duration,
}

impl Drains {
    /// Relay and bare producer in turn; the median counts.
    pub(super) async fn measure(backlog: u64, rounds: usize) -> anyhow::Result<Self> {
        let (mut drained, mut bare) = (Vec::new(), Vec::new());
        for round in 1..=rounds {
            let stage = Stage::new().await?;
            drained.push(drain(&stage, backlog).await?);
            progress(format_args!(
                "round {round}: as many records to the same topic by a bare producer"
            ));
            bare.push(stage.produce(backlog).await?);
        }
        let memory = drained[0].memory;
        drained.sort_by_key(|drained| drained.took);
        bare.sort_unstable();
        Ok(Self {
            backlog,
            memory,
            relay: drained.swap_remove(drained.len() / 2),
            bare: bare[bare.len() / 2],
        })
    }

    pub(super) fn table(&self) -> Table {
        let per_second = |events: u64, took: Duration| {
            let events = u32::try_from(events).map_or(f64::MAX, f64::from);
            format!("{:.0}", events / took.as_secs_f64())
        };
        let (backlog, relay) = (self.backlog, &self.relay);
        let mut table = Table::new(["outbox to Kafka, 300-byte payloads, acks=all", "events/s", "took"]);
        table.row([
            format!("relay, {backlog} events, start of the relay to the empty outbox"),
            per_second(backlog, relay.took),
            time(relay.took),
        ]);
        table.row([
            "relay, from the first look that found records in the topic to the last record".into(),
            per_second(backlog - relay.at_first, relay.first_to_last),
            time(relay.first_to_last),
        ]);
        table.row([
            "bare rdkafka producer, same records".into(),
            per_second(backlog, self.bare),
            time(self.bare),
        ]);
        table
    }

    pub(super) fn memory(&self) -> String {
        format!(
            "The process had {} resident before and at most {} while it drained.",
            mebibytes(self.memory.before),
            mebibytes(self.memory.at_most)
        )
    }
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
