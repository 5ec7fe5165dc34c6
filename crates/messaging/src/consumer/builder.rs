//! Composing a service's listeners, and running them.

use std::sync::Arc;

use conventions::Event;
use service_host::Database;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::listener::{On, Routes};
use super::{housekeeping, session};
use crate::kafka::Kafka;
use crate::lag::Lags;
use crate::operations::Operations;
use crate::parking::retrier;

/// Everything that a service listens to: one consumer group, one task per partition.
pub struct Consumer {
    db: Database,
    kafka: Kafka,
    service: &'static str,
    /// Without the deployment's prefix.
    group: String,
    traced: bool,
    routes: Routes,
}

/// What partition tasks, the retrier and housekeeping share.
pub(crate) struct Intake {
    pub(crate) db: Database,
    pub(crate) kafka: Kafka,
    pub(crate) service: &'static str,
    pub(super) group: String,
    /// Whether effects continue the traces of what they are effects of.
    pub(crate) traced: bool,
    pub(crate) routes: Routes,
    /// Bounds how many partitions are in a transaction at once.
    pub(super) permits: Semaphore,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Consumer")
            .field("service", &self.service)
            .field("topics", &self.routes.topics())
            .finish_non_exhaustive()
    }
}

impl Consumer {
    /// The consumer of `service`, listening to nothing yet. Its group is `artel.<service>`, after the
    /// deployment's prefix.
    pub fn new(db: Database, kafka: &Kafka, service: &'static str) -> Self {
        Self {
            db,
            kafka: kafka.clone(),
            service,
            group: format!("artel.{service}"),
            traced: true,
            routes: Routes::default(),
        }
    }

    /// Names the consumer group, after the deployment's prefix, otherwise than after the service. Whoever may ask the broker
    /// for its groups sees the name. A new name begins with the oldest records there are; what was taken in before is
    /// recognised.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = name.into();
        self
    }

    /// Begins a trace of its own for each event, instead of continuing the publisher's: for a consumer that is nobody else's
    /// business.
    #[must_use]
    pub fn untraced(mut self) -> Self {
        self.traced = false;
        self
    }

    /// Listens to `M`. Several listeners of one type run in the order of registration, in one transaction.
    pub fn on<M: Event, L: On<M>>(mut self, listener: L) -> Self {
        self.routes.add(listener);
        self
    }

    /// The operator's view of this consumer's events. Call it after the last [`on`](Self::on):
    /// payloads of the event types registered so far can be shown.
    pub fn operations(&self, version: &'static str) -> Operations {
        let lags = Lags::new(&self.kafka, &self.group, self.topics());
        Operations::new(
            self.db.clone(),
            lags,
            self.service,
            version,
            self.routes.descriptors(),
        )
    }

    /// Takes events in until `shutdown`, then lets what is under way finish. Database or broker away: keeps trying.
    pub async fn run(self, shutdown: CancellationToken) {
        if self.routes.topics().is_empty() {
            shutdown.cancelled().await;
            return;
        }
        let lags = Lags::new(&self.kafka, &self.group, self.topics());
        let intake = Arc::new(Intake {
            permits: Semaphore::new(usize::from(self.kafka.options().concurrency)),
            db: self.db,
            kafka: self.kafka,
            service: self.service,
            group: self.group,
            traced: self.traced,
            routes: self.routes,
        });
        // If this future is dropped, the thread that drives the client has to stop as well.
        let stop = shutdown.child_token();
        let _stopped = stop.clone().drop_guard();
        tokio::join!(
            session::run(&intake, &stop),
            retrier::run(&intake, &stop),
            housekeeping::run(&intake, &lags, &stop)
        );
    }

    fn topics(&self) -> Vec<String> {
        let topics = self.routes.topics().iter();
        topics.map(|topic| self.kafka.prefixed(topic)).collect()
    }
}
