//! What partition tasks, the retrier and housekeeping share.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use diesel_async::AsyncPgConnection;
use futures::FutureExt as _;
use service_host::{Database, telemetry};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::arrival::Effect;
use super::failure::Cause;
use super::routes::Routes;
use crate::kafka::Kafka;
use crate::metrics::METRICS;
use crate::record::{Record, storable_text};

/// The means to process events of one service.
pub(super) struct Intake {
    pub(super) db: Database,
    pub(super) kafka: Kafka,
    pub(super) service: &'static str,
    pub(super) group: String,
    /// Whether effects continue the publisher's trace.
    pub(super) traced: bool,
    pub(super) routes: Routes,
    /// Limits how many partitions are in a transaction at the same time.
    pub(super) permits: Semaphore,
}

impl Intake {
    /// Applies the effects of one event, in a span that continues the publisher's trace or, if the
    /// consumer is untraced, begins a new one. A panic is returned as a cause.
    pub(super) async fn apply(
        &self,
        conn: &mut AsyncPgConnection,
        record: &Record,
        effects: &[Box<dyn Effect>],
    ) -> Result<(), Cause> {
        let event_type = record.event_type();
        let span = tracing::info_span!(
            parent: None,
            "event",
            otel.name = format!("process {event_type}"),
            otel.kind = "consumer",
            messaging.system = "kafka",
            messaging.destination.name = record.topic,
            event.id = %record.event_id(),
            event.type = event_type,
            event.key = record.key,
            order.id = self.routes.order_id(record),
        );
        if self.traced
            && let Some(traceparent) = record.traceparent()
        {
            telemetry::continue_trace(&span, traceparent);
        }
        let began = Instant::now();
        let work = async {
            for effect in effects {
                effect.apply(conn).await?;
            }
            Ok(())
        };
        let outcome = AssertUnwindSafe(work.instrument(span)).catch_unwind().await;
        METRICS.effect(event_type, began.elapsed());
        match outcome {
            Ok(outcome) => outcome.map_err(Cause::Stop),
            Err(panic) => {
                let message = panic
                    .downcast_ref::<&str>()
                    .copied()
                    .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                    .unwrap_or("no message");
                Err(Cause::Panic(storable_text(message.as_bytes())))
            }
        }
    }
}
