//! The parts of a service whose events are measured, and those that stand in for them.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{Consumer, On, Received, Relay, Stop};
use prost::Message as _;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::Message as _;
use service_host::Database;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::latency::Times;
use crate::stage::{Measured, Stage};

/// A listener that only notes the time.
struct Noting(Arc<Times>);

impl On<Measured> for Noting {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<Measured>) -> Result<(), Stop> {
        self.0.note(&self.0.arrived, event.message.number);
        Ok(())
    }
}

/// A part of a service, until it is stopped.
pub(super) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start<F: Future<Output = ()> + Send + 'static>(run: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(stop.clone()));
        Self { stop, task }
    }

    pub(super) fn relay(db: Database, stage: &Stage) -> Self {
        let relay = Relay::new(db, &stage.kafka(), "bench");
        Self::start(|stop| relay.run(stop))
    }

    pub(super) fn listener(stage: &Stage, times: Arc<Times>) -> anyhow::Result<Self> {
        let consumer = Consumer::new(stage.db()?, &stage.kafka(), "bench").on::<Measured, _>(Noting(times));
        Ok(Self::start(|stop| consumer.run(stop)))
    }

    pub(super) fn bare(stage: &Stage, times: Arc<Times>) -> anyhow::Result<Self> {
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

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}
