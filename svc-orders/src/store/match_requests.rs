//! Table `match_requests`: placed orders that need a worker.
//!
//! `requested` grows whenever another attempt is worthwhile; `attempted` is set to the value of
//! `requested` at the start of an attempt. Both only grow, so that a request made during an attempt
//! leads to another attempt.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::database::{InsertRows, column};
use uuid::Uuid;

use super::schema::match_requests;
use crate::Error;
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::domain::slot::Slot;

/// A request as an attempt found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchRequest {
    pub order: OrderId,
    pub requested: i64,
}

/// An order that needs a worker from `at` on, with the trace that the attempt continues.
pub(super) type NewRequest<'a> = (&'a Order, DateTime<Utc>, Option<&'a str>);

pub(super) async fn add(mut conn: &AsyncPgConnection, new: &[NewRequest<'_>]) -> Result<(), Error> {
    enum InsertMatchRequests {}
    let orders = || new.iter().map(|(order, ..)| order);
    let insert = InsertRows::<InsertMatchRequests, _>::into(
        "match_requests (order_id, slot_start, slot_end, requested, attempted, retry_at, traceparent)",
        (
            column::<sql_types::Uuid, _>(orders().map(|order| order.id.0)),
            column::<sql_types::Timestamptz, _>(orders().map(|order| order.slot.start())),
            column::<sql_types::Timestamptz, _>(orders().map(|order| order.slot.end())),
            column::<sql_types::BigInt, _>(orders().map(|_| 1_i64)),
            column::<sql_types::BigInt, _>(orders().map(|_| 0_i64)),
            column::<sql_types::Timestamptz, _>(new.iter().map(|(_, at, _)| *at)),
            column::<sql_types::Nullable<sql_types::Text>, _>(new.iter().map(|(.., trace)| *trace)),
        ),
    )
    .and(
        "ON CONFLICT (order_id) DO UPDATE SET requested = match_requests.requested + 1, \
         retry_at = excluded.retry_at, traceparent = excluded.traceparent",
    );
    insert.execute(&mut conn).await?;
    Ok(())
}

/// The order has a worker, or needs none any more.
pub(super) async fn remove(conn: &mut AsyncPgConnection, order: OrderId) -> Result<(), Error> {
    diesel::delete(match_requests::table.find(order.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks queued orders that overlap the freed slot for another matching attempt.
pub(super) async fn request_overlapping(conn: &mut AsyncPgConnection, freed: Slot) -> Result<(), Error> {
    let overlapping = match_requests::table.filter(
        match_requests::slot_start
            .lt(freed.end())
            .and(match_requests::slot_end.gt(freed.start())),
    );
    diesel::update(overlapping)
        .set(match_requests::requested.eq(match_requests::requested + 1))
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks all queued orders for another matching attempt: the pool or the pipeline has changed.
pub(super) async fn request_all(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    diesel::update(match_requests::table)
        .set(match_requests::requested.eq(match_requests::requested + 1))
        .execute(conn)
        .await?;
    Ok(())
}

/// Requests to attempt now, in order of ids, from after `after`, each with its trace. Orders whose
/// slot is over are left to [`slot_over`].
pub async fn due(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(MatchRequest, Option<String>)>, Error> {
    let rows: Vec<(Uuid, i64, Option<String>)> = match_requests::table
        .filter(
            match_requests::requested
                .gt(match_requests::attempted)
                .or(match_requests::retry_at.le(now)),
        )
        .filter(match_requests::slot_end.gt(now))
        .filter(match_requests::order_id.gt(after.map_or(Uuid::nil(), |order| order.0)))
        .order(match_requests::order_id)
        .limit(limit)
        .select((
            match_requests::order_id,
            match_requests::requested,
            match_requests::traceparent,
        ))
        .load(conn)
        .await?;
    let request = |(order, requested, traceparent)| {
        let order = OrderId(order);
        (MatchRequest { order, requested }, traceparent)
    };
    Ok(rows.into_iter().map(request).collect())
}

/// Orders without a worker whose slot is over, in order of ids, from after `after`.
pub async fn slot_over(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>, Error> {
    let rows: Vec<Uuid> = match_requests::table
        .filter(match_requests::slot_end.le(now))
        .filter(match_requests::order_id.gt(after.map_or(Uuid::nil(), |order| order.0)))
        .order(match_requests::order_id)
        .limit(limit)
        .select(match_requests::order_id)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(OrderId).collect())
}

/// Records an attempt that found no worker. The next one follows at `retry_at`, or sooner if
/// requested.
pub async fn record_attempt(
    conn: &mut AsyncPgConnection,
    request: MatchRequest,
    retry_at: DateTime<Utc>,
) -> Result<(), Error> {
    diesel::update(match_requests::table.find(request.order.0))
        .set((
            match_requests::attempted.eq(request.requested),
            match_requests::retry_at.eq(retry_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
