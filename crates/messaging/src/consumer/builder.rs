//! Registers the listeners of a service and runs them.

use std::sync::Arc;

use conventions::Event;
use service_host::Database;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::intake::Intake;
use super::listener::On;
use super::routes::Routes;
use super::{housekeeping, retrier, session};
use crate::kafka::Kafka;
use crate::lag::Lags;
use crate::operations::Operations;

/// All listeners of a service: one consumer group, one task per partition.
pub struct Consumer {
    db: Database,
    kafka: Kafka,
    service: &'static str,
    /// Without the prefix of the deployment.
    group: String,
    traced: bool,
    routes: Routes,
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
    /// The consumer of `service`, listening to nothing yet. Its group is `artel.<service>`, after
    /// the deployment's prefix.
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

    /// Sets the name of the consumer group, which follows the prefix of the deployment. Every
    /// client that may list groups sees it. A new name begins with the oldest records; events that
    /// were processed before are recognised.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = name.into();
        self
    }

    /// Begins a new trace for each event instead of continuing the publisher's: for a consumer that
    /// the publisher's operators must not see.
    #[must_use]
    pub fn untraced(mut self) -> Self {
        self.traced = false;
        self
    }

    /// Listens to `M`. Several listeners of one type run in the order of registration, in one
    /// transaction.
    pub fn on<M: Event, L: On<M>>(mut self, listener: L) -> Self {
        self.routes.add(listener);
        self
    }

    /// The operator's view of this consumer's events. Call it after the last [`on`](Self::on): it
    /// can show the payloads of the event types that are registered by then.
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

    /// Processes events until `shutdown`, then finishes the transactions in flight. Retries while
    /// the database or the broker is away.
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
        // If this future is dropped, the thread that drives the client must stop, too.
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
