//! Trying waiting events again: by timer, and after anything else succeeded in this service.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::row::{ParkedRow, State};
use super::turn;
use crate::consumer::{Arrival, Failed, Intake, Outcome, Plan, Verdict, apply};
use crate::metrics::METRICS;
use crate::pause::Pause;

/// Shortest time from one pass to the next.
const APART: Duration = Duration::from_millis(250);

/// How long a success elsewhere hastens waiting events. Longer than the second that an event rests between attempts.
const HASTE: Duration = Duration::from_secs(2);

/// Longest time from one pass to the next, while something waits and while nothing does.
const TIMER: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(5);

/// Most events of one key in a row, so that others have their turn.
const OF_ONE_KEY: usize = 100;

/// Tries waiting events until `stop`.
pub(crate) async fn run(intake: &Arc<Intake>, stop: &CancellationToken) {
    let mut committed = intake.db.committed();
    let mut hastened_until = Instant::now();
    let mut pause = Pause::new(Duration::from_millis(250), Duration::from_secs(10));
    while !stop.is_cancelled() {
        let timer = match pass(intake, Instant::now() < hastened_until, stop).await {
            Ok(Pass { progress: true, .. }) => Duration::ZERO,
            Ok(Pass { waiting: true, .. }) => TIMER,
            Ok(Pass { waiting: false, .. }) => IDLE,
            Err(error) => {
                tracing::debug!(%error, "waiting events can't be tried");
                pause.wait(stop).await;
                continue;
            }
        };
        pause.reset();
        if timer.is_zero() {
            continue;
        }
        let earliest = Instant::now() + APART;
        tokio::select! {
            () = stop.cancelled() => return,
            () = committed.changed() => hastened_until = Instant::now() + HASTE,
            () = tokio::time::sleep(timer) => {}
        }
        let _ = tokio::time::timeout_at(earliest, stop.cancelled()).await;
    }
}

/// What one look at the waiting events came to.
struct Pass {
    /// Something was taken in.
    progress: bool,
    /// Something still waits.
    waiting: bool,
}

async fn pass(intake: &Intake, hastened: bool, stop: &CancellationToken) -> QueryResult<Pass> {
    let (due, waiting) = {
        let mut conn = intake.db.connection().await?;
        let due = turn::due(&mut conn, intake.service, hastened).await?;
        let waiting = !due.is_empty() || turn::any_waiting(&mut conn, intake.service).await?;
        (due, waiting)
    };
    let mut progress = false;
    for first in due {
        let mut next = Some(first);
        for _ in 0..OF_ONE_KEY {
            let Some(id) = next else { break };
            if stop.is_cancelled() {
                return Ok(Pass { progress, waiting });
            }
            next = match attempt(intake, id).await? {
                Turn::Done { next } => {
                    progress = true;
                    next
                }
                Turn::NotOurs | Turn::Failed => None,
            };
        }
    }
    Ok(Pass { progress, waiting })
}

/// What came of one event's turn.
enum Turn {
    /// Its effect is done; the next of its key is this one.
    Done { next: Option<i64> },
    /// Another replica has it, or it is not waiting any more.
    NotOurs,
    /// It failed again, and that is noted.
    Failed,
}

async fn attempt(intake: &Intake, id: i64) -> QueryResult<Turn> {
    let outcome = intake
        .db
        .transaction(async |conn: &mut AsyncPgConnection| in_turn(intake, conn, id).await)
        .await;
    let Refused { row, failed } = match outcome {
        Ok(turn) => return Ok(turn),
        Err(refused) => refused,
    };
    // What can't be blamed on an event has nothing to do with whose turn it is.
    let Some(row) = row else {
        return match failed {
            Failed::Own(error) | Failed::Commit(error) => Err(error),
            Failed::Event { .. } => Ok(Turn::Failed),
        };
    };
    note(intake, &row, &failed).await?;
    Ok(Turn::Failed)
}

/// A failed attempt, with the event that it was about.
struct Refused {
    row: Option<Box<ParkedRow>>,
    failed: Failed,
}

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self {
            row: None,
            failed: error.into(),
        }
    }
}

impl service_host::database::Failure for Refused {
    fn database(&self) -> Option<&diesel::result::Error> {
        self.failed.database()
    }
}

async fn in_turn(intake: &Intake, conn: &mut AsyncPgConnection, id: i64) -> Result<Turn, Refused> {
    let Some(row) = turn::take(conn, id).await? else {
        return Ok(Turn::NotOurs);
    };
    let arrival = Arrival::of(row.record(), &intake.routes);
    let refused = |cause| Refused {
        row: Some(Box::new(row.clone())),
        failed: Failed::Event { at: 0, cause },
    };
    match &arrival.plan {
        // Nobody listens to it any more.
        Plan::Skip => {}
        Plan::Malformed(reason) => {
            return Err(refused(crate::consumer::Cause::Stop(crate::Stop::refused(
                reason,
            ))));
        }
        Plan::Apply(effects) => apply(conn, &arrival, effects, intake).await.map_err(refused)?,
    }
    let next = turn::done(conn, intake.service, &row).await?;
    METRICS.taken_in(&row.topic, &row.ce_type, Outcome::Effected);
    tracing::info!(
        event.id = %row.event_id, event.type = row.ce_type, event.key = row.key,
        order.id = intake.routes.order_id(&row.ce_type, &row.key), attempts = row.attempts,
        "a kept event was taken in"
    );
    Ok(Turn::Done { next })
}

/// Notes a failed attempt, or parks an event that has waited long enough.
async fn note(intake: &Intake, row: &ParkedRow, failed: &Failed) -> QueryResult<()> {
    let tries = u32::try_from(row.attempts).unwrap_or_default() + 1;
    let (state, reason) = match failed.verdict(tries) {
        Verdict::Keep(state, reason) => (state, reason),
        Verdict::Again => (State::Waiting, failed.to_string()),
        Verdict::Later => (State::Waiting, row.reason.clone()),
    };
    let limit = intake.kafka.options().waiting_limit;
    let waited = (chrono::Utc::now() - row.waiting_since)
        .to_std()
        .unwrap_or_default();
    let (state, reason) = if state == State::Waiting && waited >= limit {
        (
            State::Parked,
            format!("waited for {} minutes: {reason}", waited.as_secs() / 60),
        )
    } else {
        (state, reason)
    };
    if state == State::Parked {
        METRICS.taken_in(&row.topic, &row.ce_type, Outcome::Kept(State::Parked));
        tracing::warn!(
            event.id = %row.event_id, event.type = row.ce_type, event.key = row.key,
            order.id = intake.routes.order_id(&row.ce_type, &row.key), reason,
            "an event is parked"
        );
    }
    let mut conn = intake.db.connection().await?;
    turn::failed(&mut conn, row.id, state, &reason).await
}
