//! Orders as quality control sees them, and what happened to them: reflections of events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::{reviewed_orders, story_entries};

/// An order as of its last event.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reviewed_orders, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct ReviewedOrder {
    /// The order's id.
    pub order_id: Uuid,
    /// The order's version.
    pub version: i64,
    /// `placed`, `assigned`, `in_progress`, `completed`, `cancelled`, `failed`.
    pub state: String,
    /// Whether it failed because nobody came.
    pub no_show: bool,
    /// Whose order it is.
    pub client_id: Uuid,
    /// Whose order it is, by name.
    pub client_name: String,
    /// Who is or was assigned at the end.
    pub worker_id: Option<Uuid>,
    /// What was ordered.
    pub service_type_id: Uuid,
    /// What was ordered, by name.
    pub service_type_name: String,
    /// What to do.
    pub description: String,
    /// Where.
    pub place: String,
    /// When it begins.
    pub slot_start: DateTime<Utc>,
    /// When it ends.
    pub slot_end: DateTime<Utc>,
}

/// Something that happened to an order.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = story_entries, check_for_backend(diesel::pg::Pg))]
pub struct StoryEntry {
    /// The event that told it.
    pub event_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as what.
    pub by_role: String,
    /// Who.
    pub by_id: String,
    /// The event's name.
    pub what: String,
    /// Such as a reason.
    pub detail: String,
    /// The price that the event set or charged, in minor units.
    pub price_minor: Option<i64>,
    /// The price's currency.
    pub price_currency: Option<String>,
    /// Evidence.
    pub photo_id: Option<Uuid>,
}

/// How a worker's orders ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct WorkerRecord {
    /// Orders whose last assigned worker it is.
    #[diesel(sql_type = BigInt)]
    pub assigned: i64,
    /// Of these, completed.
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    /// Of these, cancelled.
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    /// Of these, failed.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Of the failed, no-shows.
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
    /// How often rated.
    #[diesel(sql_type = BigInt)]
    pub rated: i64,
    /// The sum of the ratings.
    #[diesel(sql_type = BigInt)]
    pub ratings_sum: i64,
}

/// Saves what an event says about an order, unless more is known already: a topic that is read anew from its beginning
/// must not reopen what has ended.
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

/// Adds to an order's story, once per event.
pub async fn tell(conn: &mut AsyncPgConnection, entry: &StoryEntry) -> QueryResult<()> {
    diesel::insert_into(story_entries::table)
        .values(entry)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// An order, if it is known.
pub async fn find(conn: &mut AsyncPgConnection, order_id: Uuid) -> QueryResult<Option<ReviewedOrder>> {
    reviewed_orders::table
        .find(order_id)
        .select(ReviewedOrder::as_select())
        .first(conn)
        .await
        .optional()
}

/// Several orders.
pub async fn find_all(conn: &mut AsyncPgConnection, order_ids: &[Uuid]) -> QueryResult<Vec<ReviewedOrder>> {
    reviewed_orders::table
        .filter(reviewed_orders::order_id.eq_any(order_ids))
        .select(ReviewedOrder::as_select())
        .load(conn)
        .await
}

/// A completed order without a case, at random: the first one from a random key on. Each order got a key of its own for
/// that when it became known. Ids won't do: they ascend with time, so the oldest order would be drawn, always.
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
        Some(drawn) => find(conn, drawn.order_id).await,
        None => Ok(None),
    }
}

#[derive(QueryableByName)]
struct Drawn {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
}

/// An order's story, in order of time.
pub async fn story(conn: &mut AsyncPgConnection, order_id: Uuid) -> QueryResult<Vec<StoryEntry>> {
    story_entries::table
        .filter(story_entries::order_id.eq(order_id))
        .order((story_entries::at, story_entries::event_id))
        .select(StoryEntry::as_select())
        .limit(1_000)
        .load(conn)
        .await
}

/// How a worker's orders ended so far.
pub async fn worker_record(conn: &mut AsyncPgConnection, worker_id: Uuid) -> QueryResult<WorkerRecord> {
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
    .bind::<SqlUuid, _>(worker_id)
    .get_result(conn)
    .await
}
