//! Applications that are due for a job, the longest due first. The job locks each row and checks it
//! again.
//!
//! Each list is one page. The next page begins after its last row, so that a row that fails does
//! not block the others.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{applications, attempts};
use crate::domain::application::State;

/// How many rows a page has.
const LIMIT: u8 = 100;

/// Since when an application is due, and its id.
pub type Due = (DateTime<Utc>, Uuid);

diesel::define_sql_function! {
    fn coalesce(first: Nullable<Timestamptz>, second: Nullable<Timestamptz>) -> Nullable<Timestamptz>;
}

/// The row after which the next page begins. `None` after the last page.
pub fn next(page: &[Due]) -> Option<Due> {
    page.last().copied().filter(|_| page.len() >= LIMIT.into())
}

/// Applications whose running test is overdue, or whose link has expired between two tests.
pub async fn overdue_tests(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let since = || coalesce(attempts::deadline, applications::link_expires_at).assume_not_null();
    let mut query = applications::table
        .inner_join(attempts::table)
        .filter(applications::state.eq(State::Testing.as_ref()))
        .filter(since().le(now))
        .order((since(), applications::application_id))
        .limit(LIMIT.into())
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

/// Applications that were not confirmed in time.
pub async fn never_confirmed(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let mut query = applications::table
        .filter(applications::state.eq(State::Unconfirmed.as_ref()))
        .filter(applications::confirm_by.le(now))
        .order((applications::confirm_by, applications::application_id))
        .limit(LIMIT.into())
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

/// Declined applications that are not erased and were decided until `before`.
pub async fn declined_before(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    after: Option<Due>,
) -> QueryResult<Vec<Due>> {
    let decided_at = || applications::decided_at.assume_not_null();
    let mut query = applications::table
        .filter(applications::state.eq(State::Declined.as_ref()))
        .filter(applications::erased_at.is_null())
        .filter(decided_at().le(before))
        .order((decided_at(), applications::application_id))
        .limit(LIMIT.into())
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
