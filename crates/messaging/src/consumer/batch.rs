//! Taking events in: their effects, the inbox rows and what must be kept, in one transaction.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use diesel_async::AsyncPgConnection;
use futures::FutureExt as _;
use service_host::{fail_point, telemetry};
use tracing::Instrument as _;

use super::arrival::{Arrival, Plan, text};
use super::builder::Intake;
use super::failure::Failed;
use super::inbox;
use super::listener::{Effect, Stop};
use crate::metrics::METRICS;
use crate::parking::{self, State};

/// What became of an event that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its effect is done.
    Effected,
    /// It was taken in before.
    Duplicate,
    /// Nobody here listens to its type.
    Skipped,
    /// It is kept, in this state.
    Kept(State),
}

/// Why an event's effect did not happen.
#[derive(Debug)]
pub(crate) enum Cause {
    Stop(Stop),
    Panicked(String),
}

impl Intake {
    /// Takes in all of them or none.
    pub(super) async fn attempt(&self, arrivals: &[Arrival]) -> Result<Vec<Outcome>, Failed> {
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| self.take_in(conn, arrivals).await)
            .await
    }

    async fn take_in(
        &self,
        conn: &mut AsyncPgConnection,
        arrivals: &[Arrival],
    ) -> Result<Vec<Outcome>, Failed> {
        let known = || {
            arrivals
                .iter()
                .filter(|arrival| !matches!(arrival.plan, Plan::Skip))
        };
        let ids: Vec<_> = known().map(|arrival| arrival.event_id).collect();
        let mut fresh = inbox::claim(conn, self.service, &ids)
            .await
            .map_err(Failed::Own)?;
        let keys = known().map(|arrival| (arrival.record.topic.as_str(), arrival.record.key.as_str()));
        let mut blocked = parking::blocked(conn, self.service, keys)
            .await
            .map_err(Failed::Own)?;
        let mut kept = Vec::new();
        let mut outcomes = Vec::with_capacity(arrivals.len());
        for (at, arrival) in arrivals.iter().enumerate() {
            let outcome = match &arrival.plan {
                Plan::Skip => Outcome::Skipped,
                _ if !fresh.remove(&arrival.event_id) => Outcome::Duplicate,
                _ if blocked.contains(&arrival.record.key) => {
                    kept.push(parking::kept(self.service, arrival, State::Following, ""));
                    Outcome::Kept(State::Following)
                }
                Plan::Malformed(reason) => {
                    blocked.insert(arrival.record.key.clone());
                    kept.push(parking::kept(self.service, arrival, State::Parked, reason));
                    Outcome::Kept(State::Parked)
                }
                Plan::Apply(effects) => {
                    apply(conn, arrival, effects, self)
                        .await
                        .map_err(|cause| Failed::Event { at, cause })?;
                    fail_point::reach("consumer::effected");
                    Outcome::Effected
                }
            };
            outcomes.push(outcome);
        }
        parking::keep(conn, &kept).await.map_err(Failed::Commit)?;
        Ok(outcomes)
    }

    /// Keeps an event that can't be taken in now, unless somebody else took it in.
    pub(super) async fn set_aside(
        &self,
        arrival: &Arrival,
        state: State,
        reason: &str,
    ) -> Result<Outcome, Failed> {
        self.db
            .transaction(async |conn: &mut AsyncPgConnection| {
                let fresh = inbox::claim(conn, self.service, &[arrival.event_id]).await?;
                if fresh.is_empty() {
                    return Ok(Outcome::Duplicate);
                }
                let key = (arrival.record.topic.as_str(), arrival.record.key.as_str());
                let blocked = parking::blocked(conn, self.service, std::iter::once(key)).await?;
                let (state, reason) = if blocked.is_empty() {
                    (state, reason)
                } else {
                    (State::Following, "")
                };
                parking::keep(conn, &[parking::kept(self.service, arrival, state, reason)]).await?;
                Ok(Outcome::Kept(state))
            })
            .await
    }
}

/// Runs an event's effects in a span that continues the publisher's trace, or begins one of its own where the consumer is
/// untraced. A panic is a cause like others.
pub(crate) async fn apply(
    conn: &mut AsyncPgConnection,
    arrival: &Arrival,
    effects: &[Box<dyn Effect>],
    intake: &Intake,
) -> Result<(), Cause> {
    let key = &arrival.record.key;
    let span = tracing::info_span!(
        parent: None,
        "event",
        otel.name = format!("process {}", arrival.event_type),
        otel.kind = "consumer",
        messaging.system = "kafka",
        messaging.destination.name = arrival.record.topic,
        event.id = %arrival.event_id,
        event.type = arrival.event_type,
        event.key = key,
        order.id = intake.routes.order_id(&arrival.event_type, key),
    );
    if intake.traced
        && let Some(traceparent) = arrival.traceparent()
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
    METRICS.effect(&arrival.event_type, began.elapsed());
    match outcome {
        Ok(outcome) => outcome.map_err(Cause::Stop),
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("without a word");
            Err(Cause::Panicked(text(said.as_bytes())))
        }
    }
}
