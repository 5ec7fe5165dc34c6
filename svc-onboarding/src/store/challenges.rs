//! Used challenges.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::used_challenges;
use crate::domain::challenge::Solved;

/// Uses a challenge for a request. Returns `false` if another request has used it.
pub async fn mark_used(conn: &mut AsyncPgConnection, solved: Solved, request: Uuid) -> QueryResult<bool> {
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
    let used_by: Option<Uuid> = used_challenges::table
        .find(solved.id)
        .select(used_challenges::request_id)
        .first(conn)
        .await
        .optional()?;
    Ok(used_by == Some(request))
}

/// Deletes expired challenges, because an expired challenge is refused anyway.
pub async fn purge(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(used_challenges::table.filter(used_challenges::expires_at.le(now)))
        .execute(conn)
        .await
}
