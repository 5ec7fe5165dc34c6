//! What the clock asks for, the longest due first. Whoever works on one locks the row and looks again.
//!
//! Each list is one page; the next one begins after the last of it, so that what can't be worked on is passed by.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{applications, attempts};
use crate::domain::application::State;

/// How many at once.
pub const BATCH: usize = 100;
const LIMIT: i64 = 100;

/// Since when an application is due, and which.
pub type Due = (DateTime<Utc>, Uuid);

diesel::define_sql_function! {
    /// The first that is there.
    fn coalesce(first: Nullable<Timestamptz>, second: Nullable<Timestamptz>) -> Nullable<Timestamptz>;
}

/// Where the page after this one begins; nowhere, if this was the last.
pub fn next(page: &[Due]) -> Option<Due> {
    page.last().copied().filter(|_| page.len() >= BATCH)
}

/// Applications whose test's time is over, or whose link expired between two tests.
pub async fn overdue_tests(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let since = || coalesce(attempts::deadline, applications::link_expires_at).assume_not_null();
    let mut query = applications::table
        .inner_join(attempts::table)
        .filter(applications::state.eq(State::Testing.word()))
        .filter(since().le(now))
        .order((since(), applications::application_id))
        .limit(LIMIT)
        .select((since(), applications::application_id))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            since()
                .gt(at)
                .or(since().eq(at).and(applications::application_id.gt(id))),
        );
    }
    query.load(conn).await
}

/// Applications that nobody confirmed in time.
pub async fn never_confirmed(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let mut query = applications::table
        .filter(applications::state.eq(State::Unconfirmed.word()))
        .filter(applications::confirm_by.le(now))
        .order((applications::confirm_by, applications::application_id))
        .limit(LIMIT)
        .select((applications::confirm_by, applications::application_id))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            applications::confirm_by.gt(at).or(applications::confirm_by
                .eq(at)
                .and(applications::application_id.gt(id))),
        );
    }
    query.load(conn).await
}

/// Declined applications whose time of keeping is over: decided before `before`.
pub async fn declined_before(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let decided_at = || applications::decided_at.assume_not_null();
    let mut query = applications::table
        .filter(applications::state.eq(State::Declined.word()))
        .filter(applications::erased_at.is_null())
        .filter(decided_at().le(before))
        .order((decided_at(), applications::application_id))
        .limit(LIMIT)
        .select((decided_at(), applications::application_id))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            decided_at()
                .gt(at)
                .or(decided_at().eq(at).and(applications::application_id.gt(id))),
        );
    }
    query.load(conn).await
}
