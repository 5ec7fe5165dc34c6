//! How many e-mails strangers can cause to one person: a token bucket per person, for all replicas.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Double, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::letter_allowances;
use crate::domain::applicant::PersonKey;
use crate::domain::rate::Limit;

/// Takes one e-mail from the person's allowance. Returns `false` if none is left.
///
/// In both cases the person's row is locked until the transaction ends.
pub async fn take(
    conn: &mut AsyncPgConnection,
    person: PersonKey,
    limit: Limit,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let spare = i32::try_from(limit.burst).unwrap_or(i32::MAX).saturating_sub(1);
    let taken = diesel::sql_query(
        "INSERT INTO letter_allowances AS held (person_key, full_at) \
         VALUES ($1, $2::timestamptz + make_interval(secs => $3)) \
         ON CONFLICT (person_key) DO UPDATE \
         SET full_at = greatest(held.full_at, $2) + make_interval(secs => $3) \
         WHERE held.full_at <= $2 + make_interval(secs => $3 * $4)",
    )
    .bind::<Binary, _>(person.as_bytes().as_slice())
    .bind::<Timestamptz, _>(now)
    .bind::<Double, _>(limit.interval.as_seconds_f64())
    .bind::<Double, _>(f64::from(spare))
    .execute(conn)
    .await?;
    Ok(taken == 1)
}

/// Deletes full allowances. They hold no information, and a person's key is kept no longer than
/// needed.
pub async fn purge(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(letter_allowances::table.filter(letter_allowances::full_at.le(now)))
        .execute(conn)
        .await
}
