//! Table `match_queue`: placed orders that look for a worker. Both numbers only ever grow, so that a wish that comes
//! while matching is at it is never lost.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::database::{InsertRows, column};
use uuid::Uuid;

use super::schema::match_queue;
use crate::Error;
use crate::domain::id::OrderId;
use crate::domain::order::Change;
use crate::domain::slot::Slot;

/// An order to be matched, and the wish that is being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Which order.
    pub order: OrderId,
    /// How often it was wished for when it was taken up.
    pub wanted: i64,
}

/// These changes' orders look for a worker from now on, each in the trace that its change belongs to.
pub(super) async fn push(
    mut conn: &AsyncPgConnection,
    changes: &[(&Change, Option<String>)],
) -> Result<(), Error> {
    enum InsertWishes {}
    let each = || changes.iter().map(|(change, _)| *change);
    let insert = InsertRows::<InsertWishes, _>::into(
        "match_queue (order_id, slot_start, slot_end, wanted, tried, retry_at, traceparent)",
        (
            column::<sql_types::Uuid, _>(each().map(|change| change.order.id.0)),
            column::<sql_types::Timestamptz, _>(each().map(|change| change.order.slot.start())),
            column::<sql_types::Timestamptz, _>(each().map(|change| change.order.slot.end())),
            column::<sql_types::BigInt, _>(each().map(|_| 1_i64)),
            column::<sql_types::BigInt, _>(each().map(|_| 0_i64)),
            column::<sql_types::Timestamptz, _>(each().map(|change| change.at)),
            column::<sql_types::Nullable<sql_types::Text>, _>(
                changes.iter().map(|(_, trace)| trace.as_deref()),
            ),
        ),
    )
    .and(
        "ON CONFLICT (order_id) DO UPDATE SET wanted = match_queue.wanted + 1, retry_at = excluded.retry_at, \
         traceparent = excluded.traceparent",
    );
    insert.execute(&mut conn).await?;
    Ok(())
}

/// The order has found one, or doesn't look any more.
pub(super) async fn remove(conn: &mut AsyncPgConnection, order: OrderId) -> Result<(), Error> {
    diesel::delete(match_queue::table.find(order.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// A worker's calendar has a gap again: orders that overlap it are worth another try.
pub(super) async fn want_overlapping(conn: &mut AsyncPgConnection, gap: Slot) -> Result<(), Error> {
    let overlapping = match_queue::table.filter(
        match_queue::slot_start
            .lt(gap.end())
            .and(match_queue::slot_end.gt(gap.start())),
    );
    diesel::update(overlapping)
        .set(match_queue::wanted.eq(match_queue::wanted + 1))
        .execute(conn)
        .await?;
    Ok(())
}

/// The pool or the pipeline has changed: every order is worth another try.
pub async fn want_all(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    diesel::update(match_queue::table)
        .set(match_queue::wanted.eq(match_queue::wanted + 1))
        .execute(conn)
        .await?;
    Ok(())
}

/// Orders to be matched now, by id from after `after`, each with the trace in which it was wished for. Orders whose slot is
/// over are not.
pub async fn due(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Wish, Option<String>)>, Error> {
    let after = after.map_or(Uuid::nil(), |order| order.0);
    let rows: Vec<(Uuid, i64, Option<String>)> = match_queue::table
        .filter(
            match_queue::wanted
                .gt(match_queue::tried)
                .or(match_queue::retry_at.le(now)),
        )
        .filter(match_queue::slot_end.gt(now))
        .filter(match_queue::order_id.gt(after))
        .order(match_queue::order_id)
        .limit(limit)
        .select((
            match_queue::order_id,
            match_queue::wanted,
            match_queue::traceparent,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(order, wanted, traceparent)| {
            let order = OrderId(order);
            (Wish { order, wanted }, traceparent)
        })
        .collect())
}

/// Orders whose slot is over without anybody having come, by id from after `after`.
pub async fn over(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>, Error> {
    let rows: Vec<Uuid> = match_queue::table
        .filter(match_queue::slot_end.le(now))
        .filter(match_queue::order_id.gt(after.map_or(Uuid::nil(), |order| order.0)))
        .order(match_queue::order_id)
        .limit(limit)
        .select(match_queue::order_id)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(OrderId).collect())
}

/// The wish was answered without a worker; unless somebody wishes again before, it is tried again at `retry_at`.
pub async fn tried(conn: &mut AsyncPgConnection, wish: Wish, retry_at: DateTime<Utc>) -> Result<(), Error> {
    diesel::update(match_queue::table.find(wish.order.0))
        .set((
            match_queue::tried.eq(wish.wanted),
            match_queue::retry_at.eq(retry_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
