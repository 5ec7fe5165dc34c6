//! Leader election: one replica of a service publishes at a time.

use std::time::Duration;

use chrono::Utc;
use service_host::Database;
use tokio_util::sync::CancellationToken;

use super::interrupted::Interrupted;
use super::pump::Pump;
use crate::backoff::Backoff;
use crate::kafka::Kafka;
use crate::metrics::METRICS;
use crate::outbox;

/// The name of the leader's lock. Locks belong to a database, and a database belongs to one
/// service.
const LEADERSHIP: &str = "artel.messaging.relay";

/// How often a replica in standby tries to take over.
const STANDBY_INTERVAL: Duration = Duration::from_secs(1);

/// How often the backlog is measured.
const MEASURE_INTERVAL: Duration = Duration::from_secs(5);

/// Publishes the committed events of a service.
///
/// An event is deleted from the outbox only after all in-sync replicas of Kafka have acknowledged
/// it. So it is published at least once; listeners recognise a second delivery by its id. Events of
/// one key keep their order through failures and restarts: after any failure the relay waits for
/// the reports of all records in flight and starts again from the table.
///
/// A lock cannot prevent one case: a process that was suspended (not killed) between checking the
/// lock and sending may send one batch after another replica has taken over. Listeners recognise
/// these events. On a compacted topic the old state may stay the last record of its key until the
/// key changes again.
pub struct Relay {
    db: Database,
    kafka: Kafka,
    service: &'static str,
}

impl Relay {
    /// The relay of `service`. The source of its events is `/artel/<service>`.
    pub fn new(db: Database, kafka: &Kafka, service: &'static str) -> Self {
        Self {
            db,
            kafka: kafka.clone(),
            service,
        }
    }

    /// Publishes until `shutdown`. Retries while the database or the broker is away.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::join!(self.lead(&shutdown), self.measure(&shutdown));
    }

    async fn lead(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        while !shutdown.is_cancelled() {
            match self.term(shutdown).await {
                Ok(Term::Stopped) => return,
                Ok(Term::StandBy) => {
                    backoff.reset();
                    let _ = tokio::time::timeout(STANDBY_INTERVAL, shutdown.cancelled()).await;
                }
                Ok(Term::Interrupted { published, reason }) => {
                    tracing::warn!(error = %reason, "the relay was interrupted and starts again from the outbox");
                    if published {
                        backoff.reset();
                    }
                    backoff.wait(shutdown).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the relay cannot reach its database");
                    backoff.wait(shutdown).await;
                }
            }
        }
    }

    /// Publishes as long as this replica holds the lock.
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
                Err(error) => tracing::debug!(%error, "could not measure the outbox"),
            }
            let _ = tokio::time::timeout(MEASURE_INTERVAL, shutdown.cancelled()).await;
        }
    }
}

/// How a term of leadership ended.
enum Term {
    /// Another replica leads.
    StandBy,
    Stopped,
    Interrupted {
        published: bool,
        reason: Interrupted,
    },
}
