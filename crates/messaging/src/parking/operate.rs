//! The part of operators: counts, lists, retries and drops kept events.

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::row::{ParkedRow, State};
use super::turn::promote;
use crate::schema::parked;

/// The kept events by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) waiting: Kept,
    pub(crate) parked: Kept,
    pub(crate) following: Kept,
    pub(crate) dropped: Kept,
}

/// The events in one state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) count: i64,
    /// When the oldest of them was received first.
    pub(crate) oldest: Option<DateTime<Utc>>,
}

pub(crate) async fn counts(conn: &mut AsyncPgConnection, consumer: &str) -> QueryResult<Counts> {
    let rows: Vec<(String, i64, Option<DateTime<Utc>>)> = parked::table
        .filter(parked::consumer.eq(consumer))
        .group_by(parked::state)
        .select((parked::state, count_star(), min(parked::first_seen)))
        .load(conn)
        .await?;
    let mut counts = Counts::default();
    for (state, count, oldest) in rows {
        let kept = Kept { count, oldest };
        match state.parse() {
            Ok(State::Waiting) => counts.waiting = kept,
            Ok(State::Parked) => counts.parked = kept,
            Ok(State::Following) => counts.following = kept,
            Ok(State::Dropped) => counts.dropped = kept,
            Err(_) => {}
        }
    }
    Ok(counts)
}

/// Which kept events to list.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) states: Vec<State>,
    pub(crate) topic: Option<String>,
    pub(crate) key: Option<String>,
    /// Only rows with a lower id.
    pub(crate) before: Option<i64>,
    pub(crate) limit: i64,
}

/// Lists kept events, the newest first.
pub(crate) async fn list(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    filter: Filter,
) -> QueryResult<Vec<ParkedRow>> {
    let states = filter.states.into_iter().map(State::name);
    let mut query = parked::table
        .filter(parked::consumer.eq(consumer.to_owned()))
        .filter(parked::state.eq_any(states))
        .select(ParkedRow::as_select())
        .order(parked::id.desc())
        .limit(filter.limit)
        .into_boxed();
    if let Some(topic) = filter.topic {
        query = query.filter(parked::topic.eq(topic));
    }
    if let Some(key) = filter.key {
        query = query.filter(parked::key.eq(key));
    }
    if let Some(before) = filter.before {
        query = query.filter(parked::id.lt(before));
    }
    query.load(conn).await
}

pub(crate) async fn find(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    id: i64,
) -> QueryResult<Option<ParkedRow>> {
    parked::table
        .find(id)
        .filter(parked::consumer.eq(consumer))
        .select(ParkedRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The id of the first kept event of a key, without dropped ones.
pub(crate) async fn first_of_key(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    topic: &str,
    key: &str,
) -> QueryResult<Option<i64>> {
    parked::table
        .filter(parked::consumer.eq(consumer))
        .filter(parked::topic.eq(topic))
        .filter(parked::key.eq(key))
        .filter(parked::state.ne(State::Dropped.name()))
        .order(parked::id)
        .select(parked::id)
        .first(conn)
        .await
        .optional()
}

/// Why an event is neither retried nor dropped.
#[derive(Debug)]
pub(crate) enum OperateError {
    NotFound,
    /// The event was dropped before.
    Dropped,
    /// An earlier event of its key is kept.
    NotFirst,
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for OperateError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

/// Makes a waiting or parked event due at once.
pub(crate) async fn retry(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    id: i64,
) -> Result<ParkedRow, OperateError> {
    match lock(conn, consumer, id).await?.state() {
        Some(State::Waiting | State::Parked) => {}
        Some(State::Dropped) => return Err(OperateError::Dropped),
        Some(State::Following) | None => return Err(OperateError::NotFirst),
    }
    let now = diesel::dsl::now;
    let row = diesel::update(parked::table.find(id))
        .set((
            parked::state.eq(State::Waiting.name()),
            parked::waiting_since.eq(now),
            parked::next_attempt.eq(now.into_sql::<Timestamptz>().nullable()),
            parked::attempts.eq(0),
        ))
        .returning(ParkedRow::as_returning())
        .get_result(conn)
        .await?;
    Ok(row)
}

/// Who drops an event, and why.
#[derive(Debug)]
pub(crate) struct DropRequest<'a> {
    pub(crate) by: &'a Actor,
    pub(crate) reason: &'a str,
}

/// Drops an event and promotes the next of its key.
pub(crate) async fn drop_one(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    id: i64,
    request: &DropRequest<'_>,
) -> Result<ParkedRow, OperateError> {
    let row = lock(conn, consumer, id).await?;
    if row.state() == Some(State::Dropped) {
        return Err(OperateError::Dropped);
    }
    let dropped = diesel::update(parked::table.find(id))
        .set((
            parked::state.eq(State::Dropped.name()),
            parked::next_attempt.eq(None::<DateTime<Utc>>),
            parked::dropped_by_role.eq(request.by.role.claim()),
            parked::dropped_by_id.eq(&request.by.id),
            parked::dropped_at.eq(diesel::dsl::now.into_sql::<Timestamptz>().nullable()),
            parked::drop_reason.eq(request.reason),
        ))
        .returning(ParkedRow::as_returning())
        .get_result(conn)
        .await?;
    promote(conn, consumer, &row.topic, &row.key).await?;
    Ok(dropped)
}

async fn lock(conn: &mut AsyncPgConnection, consumer: &str, id: i64) -> Result<ParkedRow, OperateError> {
    parked::table
        .find(id)
        .filter(parked::consumer.eq(consumer))
        .select(ParkedRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?
        .ok_or(OperateError::NotFound)
}
