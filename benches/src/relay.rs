//! From the outbox to Kafka: how fast a backlog drains, and how long a single event takes.

use std::time::Duration;

use crate::page::Section;

mod drain;
mod latency;
mod running;

/// How often the topic's length is asked for while a backlog drains.
const LOOK: Duration = Duration::from_millis(50);
/// A run that gets nowhere for so long has failed.
const PATIENCE: Duration = Duration::from_mins(2);

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

impl Options {
    fn rounds(&self) -> usize {
        self.rounds.max(1)
    }
}

/// Drains a backlog beside a bare producer, then measures latency.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let drains = drain::Drains::measure(options.backlog, options.rounds()).await?;
    let latencies = latency::measure(options).await?;
    Ok(Section::new("Relay")
        .with("To reach: 50 000 events/s; p50 under 2 ms, p99 under 5 ms; within the service's own memory.")
        .with(drains.table())
        .with(drains.memory())
        .with(latencies)
        .with(
            "What a user would take instead, Debezium Server 3.0 with its outbox router, as published, not measured here: \
             32 000–37 000 events/s on two cores in 470–630 MiB; 2.0–2.7 ms p50 and 4–7 ms p99 tuned, 290 ms p50 as it comes.",
        )
        .with(
            "What limits draining: PostgreSQL, the broker and the relay share the machine's cores. What limits latency: one \
             request to the broker and one answer to the reader's waiting fetch; before a listener is called, the transaction is \
             begun and the inbox asked.",
        )
        .with("Repeat: `make bench ARGS=relay`"))
}
