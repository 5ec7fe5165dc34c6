//! The part of the relay: reads and deletes rows of the outbox.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, min};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::span::Span;
use crate::schema::outbox;

/// Most payload bytes in one batch, its last event excluded.
const MAX_BATCH_BYTES: i64 = 4 * 1024 * 1024;

/// An event that is not published yet.
#[derive(Debug, Queryable)]
pub(crate) struct OutboxRow {
    pub(crate) id: i64,
    pub(crate) topic: String,
    pub(crate) key: String,
    pub(crate) ce_id: Uuid,
    pub(crate) ce_type: String,
    pub(crate) ce_time: DateTime<Utc>,
    pub(crate) traceparent: Option<String>,
    pub(crate) payload: Vec<u8>,
}

/// The oldest events that are not in flight, in order of their ids.
///
/// The query must not be "id greater than the last one": ids are assigned before the commit, so
/// that a lower id may become visible after a higher one.
pub(crate) async fn next(
    conn: &mut AsyncPgConnection,
    in_flight: Span,
    limit: u16,
) -> QueryResult<Vec<OutboxRow>> {
    let query = Next {
        in_flight,
        limit: i64::from(limit),
    };
    query.load(conn).await
}

/// Deletes exactly these events, which Kafka has acknowledged.
pub(crate) async fn delete(conn: &mut AsyncPgConnection, ids: Vec<i64>) -> QueryResult<usize> {
    match Span::of(ids.clone()) {
        Some(Span { first, last, holes }) => {
            let acknowledged = outbox::id.between(first, last).and(outbox::id.ne_all(holes));
            diesel::delete(outbox::table.filter(acknowledged))
                .execute(conn)
                .await
        }
        None => {
            diesel::delete(outbox::table.filter(outbox::id.eq_any(ids)))
                .execute(conn)
                .await
        }
    }
}

/// The events that are committed and not yet published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backlog {
    pub(crate) depth: i64,
    pub(crate) oldest: Option<DateTime<Utc>>,
}

pub(crate) async fn backlog(conn: &mut AsyncPgConnection) -> QueryResult<Backlog> {
    let (depth, oldest) = outbox::table
        .select((count_star(), min(outbox::ce_time)))
        .first(conn)
        .await?;
    Ok(Backlog { depth, oldest })
}

struct Next {
    in_flight: Span,
    limit: i64,
}

impl QueryId for Next {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Next {
    type SqlType = (
        sql_types::BigInt,
        sql_types::Text,
        sql_types::Text,
        sql_types::Uuid,
        sql_types::Text,
        sql_types::Timestamptz,
        sql_types::Nullable<sql_types::Text>,
        sql_types::Binary,
    );
}

impl QueryFragment<Pg> for Next {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT id, topic, key, ce_id, ce_type, ce_time, traceparent, payload FROM (\
             SELECT *, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS bytes_before FROM (\
             SELECT * FROM outbox WHERE id < ",
        );
        out.push_bind_param::<sql_types::BigInt, _>(&self.in_flight.first)?;
        out.push_sql(" OR id > ");
        out.push_bind_param::<sql_types::BigInt, _>(&self.in_flight.last)?;
        out.push_sql(" OR id = ANY(");
        out.push_bind_param::<sql_types::Array<sql_types::BigInt>, _>(&self.in_flight.holes)?;
        out.push_sql(") ORDER BY id LIMIT ");
        out.push_bind_param::<sql_types::BigInt, _>(&self.limit)?;
        out.push_sql(") AS oldest) AS sized WHERE bytes_before < ");
        out.push_bind_param::<sql_types::BigInt, _>(&MAX_BATCH_BYTES)?;
        out.push_sql(" ORDER BY id");
        Ok(())
    }
}
