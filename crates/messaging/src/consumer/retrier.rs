//! Retries waiting events: by timer, and after any other commit of this service.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arrival::Plan;
use super::failure::{Cause, Failed, Verdict};
use super::intake::Intake;
use super::listener::Stop;
use super::take_in::Outcome;
use crate::backoff::Backoff;
use crate::metrics::METRICS;
use crate::parking::{ParkedRow, State, turn};

/// Shortest time between two passes.
const MIN_INTERVAL: Duration = Duration::from_millis(250);

/// How long a commit lets waiting events be retried before their pause is over. Longer than the
/// second that an event rests between attempts.
const EXPEDITED: Duration = Duration::from_secs(2);

/// Longest time between two passes while an event waits.
const WAITING_INTERVAL: Duration = Duration::from_secs(1);

/// Longest time between two passes while no event waits.
const IDLE_INTERVAL: Duration = Duration::from_secs(5);

/// Most events of one key in a row, so that other keys have their turn.
const MAX_OF_ONE_KEY: usize = 100;

/// Retries waiting events until `stop`.
pub(super) async fn run(intake: &Arc<Intake>, stop: &CancellationToken) {
    let mut committed = intake.db.committed();
    let mut expedited_until = Instant::now();
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));
    while !stop.is_cancelled() {
        let interval = match pass(intake, Instant::now() < expedited_until, stop).await {
            Ok(Pass { progress: true, .. }) => Duration::ZERO,
            Ok(Pass { waiting: true, .. }) => WAITING_INTERVAL,
            Ok(Pass { waiting: false, .. }) => IDLE_INTERVAL,
            Err(error) => {
                tracing::debug!(%error, "could not retry the waiting events");
                backoff.wait(stop).await;
                continue;
            }
        };
        backoff.reset();
        if interval.is_zero() {
            continue;
        }
        let earliest = Instant::now() + MIN_INTERVAL;
        tokio::select! {
            () = stop.cancelled() => return,
            () = committed.changed() => expedited_until = Instant::now() + EXPEDITED,
            () = tokio::time::sleep(interval) => {}
        }
        let _ = tokio::time::timeout_at(earliest, stop.cancelled()).await;
    }
}

/// The result of one pass over the waiting events.
struct Pass {
    /// An event was processed.
    progress: bool,
    /// An event still waits.
    waiting: bool,
}

async fn pass(intake: &Intake, expedited: bool, stop: &CancellationToken) -> QueryResult<Pass> {
    let (due, waiting) = {
        let mut conn = intake.db.connection().await?;
        let due = turn::due(&mut conn, intake.service, expedited).await?;
        let waiting = !due.is_empty() || turn::any_waiting(&mut conn, intake.service).await?;
        (due, waiting)
    };
    let mut progress = false;
    for first in due {
        let mut next = Some(first);
        for _ in 0..MAX_OF_ONE_KEY {
            let Some(id) = next else { break };
            if stop.is_cancelled() {
                return Ok(Pass { progress, waiting });
            }
            next = match attempt(intake, id).await? {
                Turn::Done { next } => {
                    progress = true;
                    next
                }
                Turn::Skipped | Turn::Failed => None,
            };
        }
    }
    Ok(Pass { progress, waiting })
}

/// The result of one event's turn.
enum Turn {
    /// Its effect is done. `next` is the next event of its key.
    Done { next: Option<i64> },
    /// Another replica has it, or it does not wait any more.
    Skipped,
    /// It failed again, and the failure is recorded.
    Failed,
}

async fn attempt(intake: &Intake, id: i64) -> QueryResult<Turn> {
    let outcome = intake
        .db
        .transaction(async |conn: &mut AsyncPgConnection| attempt_within(intake, conn, id).await)
        .await;
    let FailedAttempt { row, failed } = match outcome {
        Ok(turn) => return Ok(turn),
        Err(failed) => failed,
    };
    // Without a row, no event is to blame.
    let Some(row) = row else {
        return match failed {
            Failed::Own(error) | Failed::Commit(error) => Err(error),
            Failed::Event { .. } => Ok(Turn::Failed),
        };
    };
    record_failure(intake, &row, &failed).await?;
    Ok(Turn::Failed)
}

/// A failed attempt, with the event that it was about.
struct FailedAttempt {
    row: Option<Box<ParkedRow>>,
    failed: Failed,
}

impl From<diesel::result::Error> for FailedAttempt {
    fn from(error: diesel::result::Error) -> Self {
        Self {
            row: None,
            failed: error.into(),
        }
    }
}

impl service_host::database::Failure for FailedAttempt {
    fn database(&self) -> Option<&diesel::result::Error> {
        self.failed.database()
    }
}

async fn attempt_within(
    intake: &Intake,
    conn: &mut AsyncPgConnection,
    id: i64,
) -> Result<Turn, FailedAttempt> {
    let Some(row) = turn::take(conn, id).await? else {
        return Ok(Turn::Skipped);
    };
    let arrival = intake.routes.arrival(row.record());
    let failed = |cause| FailedAttempt {
        row: Some(Box::new(row.clone())),
        failed: Failed::Event { index: 0, cause },
    };
    match &arrival.plan {
        // The service does not listen to this type any more.
        Plan::Skip => {}
        Plan::Malformed(reason) => return Err(failed(Cause::Stop(Stop::refused(reason)))),
        Plan::Apply(effects) => intake
            .apply(conn, &arrival.record, effects)
            .await
            .map_err(failed)?,
    }
    let next = turn::done(conn, intake.service, &row).await?;
    METRICS.taken_in(&row.topic, &row.ce_type, Outcome::Effected.name());
    tracing::info!(
        event.id = %row.event_id, event.type = row.ce_type, event.key = row.key,
        order.id = intake.routes.order_id(&arrival.record), attempts = row.attempts,
        "a kept event was processed"
    );
    Ok(Turn::Done { next })
}

/// Records a failed attempt, or parks an event that has waited until the limit.
async fn record_failure(intake: &Intake, row: &ParkedRow, failed: &Failed) -> QueryResult<()> {
    let tries = u32::try_from(row.attempts).unwrap_or_default() + 1;
    let (mut state, mut reason) = match failed.verdict(tries) {
        Verdict::Keep(state, reason) => (state, reason),
        Verdict::Again => (State::Waiting, failed.to_string()),
        Verdict::Later => (State::Waiting, row.reason.clone()),
    };
    let waited = (chrono::Utc::now() - row.waiting_since)
        .to_std()
        .unwrap_or_default();
    if state == State::Waiting && waited >= intake.kafka.options().waiting_limit {
        state = State::Parked;
        reason = format!("waited for {} minutes: {reason}", waited.as_secs() / 60);
    }
    if state == State::Parked {
        METRICS.taken_in(&row.topic, &row.ce_type, Outcome::Kept(State::Parked).name());
        tracing::warn!(
            event.id = %row.event_id, event.type = row.ce_type, event.key = row.key,
            order.id = intake.routes.order_id(&row.record()), reason,
            "an event is parked"
        );
    }
    let mut conn = intake.db.connection().await?;
    turn::failed(&mut conn, row.id, state, &reason).await
}
