//! The part of the retrier: which events are due, and the result of an attempt.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::row::{ParkedRow, State};
use crate::schema::parked;

/// Pause after the first attempt. It doubles with each attempt up to [`LONGEST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Longest pause between two attempts: how long an event may still wait after it could be
/// processed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Most events that one pass attempts.
const MAX_DUE: i64 = 50;

/// The pause after this many attempts.
fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or_default()
        .min(10);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The waiting events that are due, the one with the oldest attempt first. If `expedited`, all
/// events are due that were not attempted within the last second.
pub(crate) async fn due(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    expedited: bool,
) -> QueryResult<Vec<i64>> {
    let due: Vec<Id> = diesel::sql_query(
        "SELECT id FROM parked WHERE consumer = $1 AND state = 'waiting' AND \
         (next_attempt <= now() OR ($2 AND last_attempt <= now() - interval '1 second')) \
         ORDER BY last_attempt NULLS FIRST, id LIMIT $3",
    )
    .bind::<Text, _>(consumer)
    .bind::<Bool, _>(expedited)
    .bind::<BigInt, _>(MAX_DUE)
    .load(conn)
    .await?;
    Ok(due.into_iter().map(|row| row.id).collect())
}

/// Whether any event waits.
pub(crate) async fn any_waiting(conn: &mut AsyncPgConnection, consumer: &str) -> QueryResult<bool> {
    let waiting = parked::table
        .filter(parked::consumer.eq(consumer))
        .filter(parked::state.eq(State::Waiting.name()));
    diesel::select(diesel::dsl::exists(waiting))
        .get_result(conn)
        .await
}

/// Locks a waiting event. `None` if another replica has locked it, or if it does not wait any more.
///
/// The lock is compatible with the share lock of partition tasks that add followers (see
/// [`blocked`](super::blocked)). The deletion in [`done`] waits for those tasks and therefore sees
/// every follower.
pub(crate) async fn take(conn: &mut AsyncPgConnection, id: i64) -> QueryResult<Option<ParkedRow>> {
    parked::table
        .find(id)
        .filter(parked::state.eq(State::Waiting.name()))
        .select(ParkedRow::as_select())
        .for_no_key_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()
}

/// Deletes an event whose effect is done, and promotes the next of its key, whose id it returns.
pub(crate) async fn done(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    row: &ParkedRow,
) -> QueryResult<Option<i64>> {
    diesel::delete(parked::table.find(row.id)).execute(conn).await?;
    promote(conn, consumer, &row.topic, &row.key).await
}

/// Makes the first kept event of a key wait instead of follow, and returns its id.
pub(super) async fn promote(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    topic: &str,
    key: &str,
) -> QueryResult<Option<i64>> {
    let promoted: Option<Id> = diesel::sql_query(
        "UPDATE parked SET state = 'waiting', waiting_since = now(), next_attempt = now() WHERE state = 'following' \
         AND id = (SELECT id FROM parked WHERE consumer = $1 AND topic = $2 AND key = $3 AND state <> 'dropped' \
         ORDER BY id LIMIT 1) RETURNING id",
    )
    .bind::<Text, _>(consumer)
    .bind::<Text, _>(topic)
    .bind::<Text, _>(key)
    .get_result(conn)
    .await
    .optional()?;
    Ok(promoted.map(|row| row.id))
}

/// Records an attempt that failed. Outside the attempt's transaction, which is rolled back already.
pub(crate) async fn failed(
    conn: &mut AsyncPgConnection,
    id: i64,
    state: State,
    reason: &str,
) -> QueryResult<()> {
    let attempts: Option<i32> = parked::table
        .find(id)
        .select(parked::attempts)
        .first(conn)
        .await
        .optional()?;
    let pause = pause(attempts.unwrap_or_default().saturating_add(1));
    diesel::sql_query(
        "UPDATE parked SET state = $2, reason = $3, attempts = attempts + 1, last_attempt = now(), \
         next_attempt = CASE WHEN $2 = 'waiting' THEN now() + make_interval(secs => $4) END \
         WHERE id = $1 AND state = 'waiting'",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(state.name())
    .bind::<Text, _>(reason)
    .bind::<Double, _>(pause.as_secs_f64())
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_half_a_minute() {
        assert_eq!(pause(0), FIRST_PAUSE);
        assert_eq!(pause(1), FIRST_PAUSE);
        assert_eq!(pause(3), FIRST_PAUSE * 4);
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }
}
