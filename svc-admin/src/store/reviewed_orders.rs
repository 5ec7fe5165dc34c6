//! Orders as quality control sees them and their histories, both taken from events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{reviewed_orders, story_entries};
use crate::domain::ids::{OrderId, WorkerId};

/// An order after its newest event.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reviewed_orders, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct ReviewedOrder {
    pub order_id: Uuid,
    pub version: i64,
    /// The word of a [`State`](crate::domain::order::State).
    pub state: String,
    /// Whether the order failed because the worker did not come.
    pub no_show: bool,
    pub client_id: Uuid,
    pub client_name: String,
    /// The worker who is assigned, or was when the order ended.
    pub worker_id: Option<Uuid>,
    pub service_type_id: Uuid,
    pub service_type_name: String,
    pub description: String,
    pub place: String,
    pub slot_start: DateTime<Utc>,
    pub slot_end: DateTime<Utc>,
}

/// One entry of an order's history.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = story_entries, check_for_backend(diesel::pg::Pg))]
pub struct StoryEntry {
    pub event_id: Uuid,
    pub order_id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_role: String,
    pub actor_id: String,
    /// The event's name.
    pub what: String,
    /// Such as a reason.
    pub detail: String,
    /// The price that the event set or charged, in minor units.
    pub price_minor: Option<i64>,
    pub price_currency: Option<String>,
    /// The photo that proves the event.
    pub photo_id: Option<Uuid>,
}

/// How a worker's orders ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct WorkerRecord {
    /// Orders whose last assigned worker is this one.
    #[diesel(sql_type = BigInt)]
    pub assigned: i64,
    /// Of `assigned`, those that were completed.
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    /// Of `assigned`, those that were cancelled.
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    /// Of `assigned`, those that failed.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Of `failed`, those that the worker did not come to.
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
    /// The number of ratings.
    #[diesel(sql_type = BigInt)]
    pub rated: i64,
    /// The sum of the ratings.
    #[diesel(sql_type = BigInt)]
    pub ratings_sum: i64,
}

/// Saves an order, unless a newer version is stored: if the topic is read again from its beginning,
/// an order that has ended must not be reopened.
pub async fn save(conn: &mut AsyncPgConnection, order: &ReviewedOrder) -> QueryResult<()> {
    let upsert = diesel::insert_into(reviewed_orders::table)
        .values(order)
        .on_conflict(reviewed_orders::order_id)
        .do_update()
        .set(order);
    methods::FilterDsl::filter(upsert, reviewed_orders::version.le(order.version))
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds an entry to an order's history, once per event.
pub async fn add_story_entry(conn: &mut AsyncPgConnection, entry: &StoryEntry) -> QueryResult<()> {
    diesel::insert_into(story_entries::table)
        .values(entry)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn find(conn: &mut AsyncPgConnection, order_id: OrderId) -> QueryResult<Option<ReviewedOrder>> {
    reviewed_orders::table
        .find(order_id.0)
        .select(ReviewedOrder::as_select())
        .first(conn)
        .await
        .optional()
}

pub async fn find_all(
    conn: &mut AsyncPgConnection,
    order_ids: &[OrderId],
) -> QueryResult<Vec<ReviewedOrder>> {
    reviewed_orders::table
        .filter(reviewed_orders::order_id.eq_any(order_ids.iter().map(|id| id.0)))
        .select(ReviewedOrder::as_select())
        .load(conn)
        .await
}

/// A completed order without a case: the first one whose random `draw_key` follows `from`, wrapping
/// around. Ids cannot serve as keys, because they ascend with time and the oldest order would be
/// drawn more often.
pub async fn draw(conn: &mut AsyncPgConnection, from: Uuid) -> QueryResult<Option<ReviewedOrder>> {
    let found = diesel::sql_query(
        "WITH waiting AS NOT MATERIALIZED (
             SELECT order_id, draw_key FROM reviewed_orders o
             WHERE state = 'completed' AND NOT EXISTS (SELECT FROM cases c WHERE c.order_id = o.order_id)
         )
         (SELECT order_id FROM waiting WHERE draw_key >= $1 ORDER BY draw_key LIMIT 1)
         UNION ALL
         (SELECT order_id FROM waiting WHERE draw_key < $1 ORDER BY draw_key LIMIT 1)
         LIMIT 1",
    )
    .bind::<SqlUuid, _>(from)
    .get_result::<Drawn>(conn)
    .await
    .optional()?;
    match found {
        Some(drawn) => find(conn, OrderId(drawn.order_id)).await,
        None => Ok(None),
    }
}

#[derive(QueryableByName)]
struct Drawn {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
}

/// The history of an order, oldest first.
pub async fn story(conn: &mut AsyncPgConnection, order_id: OrderId) -> QueryResult<Vec<StoryEntry>> {
    story_entries::table
        .filter(story_entries::order_id.eq(order_id.0))
        .order((story_entries::at, story_entries::event_id))
        .select(StoryEntry::as_select())
        .limit(1_000)
        .load(conn)
        .await
}

/// How the orders of a worker ended so far.
pub async fn worker_record(conn: &mut AsyncPgConnection, worker_id: WorkerId) -> QueryResult<WorkerRecord> {
    diesel::sql_query(
        "SELECT count(*) AS assigned,
                count(*) FILTER (WHERE state = 'completed') AS completed,
                count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
                count(*) FILTER (WHERE state = 'failed') AS failed,
                count(*) FILTER (WHERE no_show) AS no_shows,
                count((form ->> 'rating')::int) FILTER (WHERE (form ->> 'rating')::int > 0) AS rated,
                coalesce(sum((form ->> 'rating')::int), 0)::bigint AS ratings_sum
         FROM reviewed_orders LEFT JOIN cases USING (order_id)
         WHERE reviewed_orders.worker_id = $1",
    )
    .bind::<SqlUuid, _>(worker_id.0)
    .get_result(conn)
    .await
}
