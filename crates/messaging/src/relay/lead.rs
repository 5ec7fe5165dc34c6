//! Who publishes: one replica of a service at a time.

use std::time::Duration;

use chrono::Utc;
use service_host::Database;
use tokio_util::sync::CancellationToken;

use super::pump::{Interrupted, Pump};
use crate::kafka::Kafka;
use crate::metrics::METRICS;
use crate::outbox;
use crate::pause::Pause;

/// The lock that makes a relay the one that publishes. Locks belong to a database, and a database to one service.
const LEADERSHIP: &str = "artel.messaging.relay";

/// How soon a replica that stands by tries to take over.
const STANDBY: Duration = Duration::from_secs(1);

/// How often the backlog is measured.
const MEASURE: Duration = Duration::from_secs(5);

/// Publishes what is committed.
///
/// An event is removed from the outbox only after Kafka has acknowledged it on all in-sync replicas, so it is published
/// at least once; listeners recognise a second delivery by its id. Events of one key keep their order, through failures
/// and restarts: on any failure the relay waits for the outcome of all that is in flight and starts again from the table.
///
/// One thing can't be ruled out by a lock: a process that was suspended (not killed) between asking for the lock and
/// sending may send one batch after another replica took over. Listeners recognise what they know; on a compacted topic
/// that old state may stay the key's last record until the key changes again.
pub struct Relay {
    db: Database,
    kafka: Kafka,
    service: &'static str,
}

impl Relay {
    /// The relay of `service`, which becomes the events' source: `/artel/<service>`.
    pub fn new(db: Database, kafka: &Kafka, service: &'static str) -> Self {
        Self {
            db,
            kafka: kafka.clone(),
            service,
        }
    }

    /// Publishes until `shutdown`. Database or broker away: keeps trying.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::join!(self.lead(&shutdown), self.measure(&shutdown));
    }

    async fn lead(&self, shutdown: &CancellationToken) {
        let mut pause = Pause::new(Duration::from_millis(200), Duration::from_secs(5));
        while !shutdown.is_cancelled() {
            match self.term(shutdown).await {
                Ok(Term::Stopped) => return,
                Ok(Term::StandBy) => {
                    pause.reset();
                    let _ = tokio::time::timeout(STANDBY, shutdown.cancelled()).await;
                }
                Ok(Term::Interrupted { published, reason }) => {
                    tracing::warn!(error = %reason, "the relay was interrupted and starts again from the outbox");
                    if published {
                        pause.reset();
                    }
                    pause.wait(shutdown).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the relay can't reach its database");
                    pause.wait(shutdown).await;
                }
            }
        }
    }

    /// Publishes for as long as this replica holds the lock.
    async fn term(&self, shutdown: &CancellationToken) -> diesel::QueryResult<Term> {
        let Some(lead) = self.db.exclusive(LEADERSHIP).await? else {
            return Ok(Term::StandBy);
        };
        let pump = Pump::new(&self.db, &self.kafka, &lead);
        let ended = match pump.run(self.service, shutdown).await {
            Ok(()) => Term::Stopped,
            Err(reason) => Term::Interrupted {
                published: pump.has_published(),
                reason,
            },
        };
        lead.release().await;
        Ok(ended)
    }

    async fn measure(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let backlog = match self.db.connection().await {
                Ok(mut conn) => outbox::backlog(&mut conn).await,
                Err(error) => Err(error),
            };
            match backlog {
                Ok(backlog) => METRICS.outbox(backlog, Utc::now()),
                Err(error) => tracing::debug!(%error, "the outbox can't be measured"),
            }
            let _ = tokio::time::timeout(MEASURE, shutdown.cancelled()).await;
        }
    }
}

/// How a time of leadership ended.
enum Term {
    /// Another replica leads.
    StandBy,
    Stopped,
    Interrupted {
        published: bool,
        reason: Interrupted,
    },
}
