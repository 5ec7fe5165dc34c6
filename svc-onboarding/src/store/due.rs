//! What the clock asks for. Each list is a batch of ids; whoever works on one locks the row and looks again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{applications, attempts};
use crate::domain::application::State;

/// How many at once.
pub const BATCH: i64 = 100;

/// Applications whose test's time is over, or whose link expired between two tests.
pub async fn overdue_tests(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    let link_expired = attempts::deadline
        .is_null()
        .and(applications::link_expires_at.le(now).assume_not_null());
    applications::table
        .inner_join(attempts::table)
        .filter(applications::state.eq(State::Testing.word()))
        .filter(attempts::deadline.le(now).assume_not_null().or(link_expired))
        .limit(BATCH)
        .select(applications::application_id)
        .load(conn)
        .await
}

/// Applications that nobody confirmed in time.
pub async fn never_confirmed(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    applications::table
        .filter(applications::state.eq(State::Unconfirmed.word()))
        .filter(applications::confirm_by.le(now))
        .limit(BATCH)
        .select(applications::application_id)
        .load(conn)
        .await
}

/// Declined applications whose time of keeping is over: decided before `before`.
pub async fn declined_before(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    applications::table
        .filter(applications::state.eq(State::Declined.word()))
        .filter(applications::erased_at.is_null())
        .filter(applications::decided_at.le(before))
        .limit(BATCH)
        .select(applications::application_id)
        .load(conn)
        .await
}
