//! Challenges that were used.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::used_challenges;
use crate::domain::challenge::Solved;

/// Spends a challenge on a request; `false` when it was spent on another one before.
pub async fn spend(conn: &mut AsyncPgConnection, solved: Solved, request: Uuid) -> QueryResult<bool> {
    let inserted = diesel::insert_into(used_challenges::table)
        .values((
            used_challenges::challenge_id.eq(solved.id),
            used_challenges::request_id.eq(request),
            used_challenges::expires_at.eq(solved.expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted == 1 {
        return Ok(true);
    }
    let spent_on: Option<Uuid> = used_challenges::table
        .find(solved.id)
        .select(used_challenges::request_id)
        .first(conn)
        .await
        .optional()?;
    Ok(spent_on == Some(request))
}

/// Forgets challenges that nobody would accept any more.
pub async fn purge(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(used_challenges::table.filter(used_challenges::expires_at.le(now)))
        .execute(conn)
        .await
}
