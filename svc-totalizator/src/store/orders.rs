//! What is known of orders.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::order::{Order, Outcome};
use crate::store::read::known;
use crate::store::schema::{bet, known_order};

#[derive(Queryable, Selectable)]
#[diesel(table_name = known_order)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct OrderRow {
    id: Uuid,
    closed_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
}

impl TryFrom<OrderRow> for Order {
    type Error = diesel::result::Error;

    fn try_from(row: OrderRow) -> QueryResult<Self> {
        let outcome = row
            .outcome
            .map(|word| known(Outcome::from_word(&word), &word))
            .transpose()?;
        Ok(Self {
            id: row.id,
            closed_at: row.closed_at,
            outcome,
        })
    }
}

/// An order, without its lock.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Order>> {
    let row: Option<OrderRow> = known_order::table
        .find(id)
        .select(OrderRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Order::try_from).transpose()
}

/// Locks an order.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Order>> {
    // Not FOR UPDATE: nothing needs to wait for a foreign key's sake.
    let row: Option<OrderRow> = known_order::table
        .find(id)
        .select(OrderRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    row.map(Order::try_from).transpose()
}

/// Locks an order, which this makes known where it wasn't.
pub async fn meet(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<Order> {
    diesel::insert_into(known_order::table)
        .values((known_order::id.eq(id), known_order::heard_at.eq(now)))
        .on_conflict(known_order::id)
        .do_nothing()
        .execute(conn)
        .await?;
    lock(conn, id).await?.ok_or(diesel::result::Error::NotFound)
}

/// Writes what is known now.
pub async fn save(conn: &mut AsyncPgConnection, order: &Order, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(known_order::table.find(order.id))
        .set((
            known_order::closed_at.eq(order.closed_at),
            known_order::outcome.eq(order.outcome.map(Outcome::word)),
            known_order::heard_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets orders that were over before `before` and that nobody bet on, at most `limit`; says how
/// many.
pub async fn forget(conn: &mut AsyncPgConnection, before: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let old: Vec<Uuid> = known_order::table
        .filter(known_order::outcome.is_not_null())
        .filter(known_order::heard_at.lt(before))
        .filter(diesel::dsl::not(diesel::dsl::exists(
            bet::table.filter(bet::order_id.eq(known_order::id)),
        )))
        .order(known_order::heard_at)
        .limit(limit)
        .select(known_order::id)
        .load(conn)
        .await?;
    diesel::delete(known_order::table.filter(known_order::id.eq_any(old)))
        .execute(conn)
        .await
}
