//! The retrier's side: whose turn it is, and what came of it.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::row::{ParkedRow, State};
use crate::schema::parked;

/// Pause after the first attempt; it doubles up to [`LONGEST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How long a waiting event may have to wait after what it waits for has come, at the longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Most keys that one pass looks at.
const PASS: i64 = 50;

/// The pause after this many attempts.
pub(super) fn pause(attempts: i32) -> Duration {
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

/// Waiting events whose time has come, the longest untried first. After a success elsewhere (`hastened`) it has come for
/// all that were not tried within the last second.
pub(super) async fn due(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    hastened: bool,
) -> QueryResult<Vec<i64>> {
    let due: Vec<Id> = diesel::sql_query(
        "SELECT id FROM parked WHERE consumer = $1 AND state = 'waiting' AND \
         (next_attempt <= now() OR ($2 AND last_attempt <= now() - interval '1 second')) \
         ORDER BY last_attempt NULLS FIRST, id LIMIT $3",
    )
    .bind::<Text, _>(consumer)
    .bind::<Bool, _>(hastened)
    .bind::<BigInt, _>(PASS)
    .load(conn)
    .await?;
    Ok(due.into_iter().map(|row| row.id).collect())
}

/// Whether any event waits.
pub(super) async fn any_waiting(conn: &mut AsyncPgConnection, consumer: &str) -> QueryResult<bool> {
    let waiting = parked::table
        .filter(parked::consumer.eq(consumer))
        .filter(parked::state.eq(State::Waiting.name()));
    diesel::select(diesel::dsl::exists(waiting))
        .get_result(conn)
        .await
}

/// Takes a waiting event for this transaction, unless another replica has it or its turn is over.
///
/// The lock goes together with the one by which partition tasks keep followers from being left alone (see `blocked`);
/// only the deletion in [`done`] waits for those, and therefore sees every follower.
pub(super) async fn take(conn: &mut AsyncPgConnection, id: i64) -> QueryResult<Option<ParkedRow>> {
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

/// Forgets an event whose effect is done. Returns the next of its key, whose turn it is now.
pub(super) async fn done(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    row: &ParkedRow,
) -> QueryResult<Option<i64>> {
    diesel::delete(parked::table.find(row.id)).execute(conn).await?;
    promote(conn, consumer, &row.topic, &row.key).await
}

/// Makes the first of a key's kept events the one to be tried, if it only followed so far.
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

/// Notes an attempt that failed. One statement of its own: the attempt's transaction is rolled back already.
pub(super) async fn failed(
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
    fn pauses_double_up_to_half_a_minute() {
        assert_eq!(pause(0), FIRST_PAUSE);
        assert_eq!(pause(1), FIRST_PAUSE);
        assert_eq!(pause(3), FIRST_PAUSE * 4);
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }
}
