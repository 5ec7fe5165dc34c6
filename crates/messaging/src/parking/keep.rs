//! The part of the partition tasks: reads which keys are blocked, and keeps events.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Double, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::row::State;
use super::turn::FIRST_PAUSE;
use crate::record::Record;
use crate::schema::parked;

/// Returns which of these keys have kept events, and locks those against the retrier until the
/// transaction ends. `keys` are pairs of topic and key, all of one topic.
pub(crate) async fn blocked<'a>(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> QueryResult<HashSet<String>> {
    let places: HashSet<(&str, &str)> = keys.collect();
    if places.is_empty() {
        return Ok(HashSet::new());
    }
    let (topics, keys) = places
        .into_iter()
        .map(|(topic, key)| (topic.to_owned(), key.to_owned()))
        .unzip();
    let blocked = Blocked {
        consumer: consumer.to_owned(),
        topics,
        keys,
    };
    let found: Vec<String> = blocked.load(conn).await?;
    Ok(found.into_iter().collect())
}

struct Blocked {
    consumer: String,
    topics: Vec<String>,
    keys: Vec<String>,
}

impl QueryId for Blocked {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Blocked {
    type SqlType = Text;
}

impl QueryFragment<Pg> for Blocked {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT first.key FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.topics)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.keys)?;
        out.push_sql(
            ") AS asked (topic, key) CROSS JOIN LATERAL (SELECT parked.key FROM parked \
             WHERE parked.topic = asked.topic AND parked.key = asked.key AND parked.state <> 'dropped' \
             AND parked.consumer = ",
        );
        out.push_bind_param::<Text, _>(&self.consumer)?;
        out.push_sql(" ORDER BY parked.id LIMIT 1 FOR KEY SHARE) AS first");
        Ok(())
    }
}

/// A row for an event that is to be kept.
#[derive(Debug, Insertable)]
#[diesel(table_name = parked)]
pub(crate) struct NewParked<'a> {
    consumer: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
    key: &'a str,
    headers: serde_json::Value,
    payload: &'a [u8],
    event_id: Uuid,
    ce_type: &'a str,
    state: &'static str,
    reason: &'a str,
    attempts: i32,
}

impl<'a> NewParked<'a> {
    pub(crate) fn new(consumer: &'a str, record: &'a Record, state: State, reason: &'a str) -> Self {
        let attempted = matches!(state, State::Waiting | State::Parked);
        Self {
            consumer,
            topic: &record.topic,
            partition: record.partition,
            offset: record.offset,
            key: &record.key,
            headers: serde_json::json!(record.headers),
            payload: &record.payload,
            event_id: record.event_id(),
            ce_type: record.event_type(),
            state: state.name(),
            reason,
            attempts: i32::from(attempted),
        }
    }
}

/// Inserts the rows in this order.
pub(crate) async fn keep(conn: &mut AsyncPgConnection, events: &[NewParked<'_>]) -> QueryResult<()> {
    for event in events {
        // The database's time, because the retrier compares with it: a process whose clock is ahead
        // would delay the first retry.
        let last_attempt = sql::<Nullable<Timestamptz>>("CASE WHEN ")
            .bind::<Bool, _>(event.attempts > 0)
            .sql(" THEN now() END");
        let next_attempt = sql::<Nullable<Timestamptz>>("CASE WHEN ")
            .bind::<Bool, _>(event.state == State::Waiting.name())
            .sql(" THEN now() + make_interval(secs => ")
            .bind::<Double, _>(FIRST_PAUSE.as_secs_f64())
            .sql(") END");
        diesel::insert_into(parked::table)
            .values((
                event,
                parked::last_attempt.eq(last_attempt),
                parked::next_attempt.eq(next_attempt),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}
