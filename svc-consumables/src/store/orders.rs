//! Table `orders`: what events say about orders.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};
use crate::domain::order::Order;
use crate::store::schema::orders;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = orders, treat_none_as_null = true, check_for_backend(diesel::pg::Pg))]
struct OrderRow {
    id: Uuid,
    version: i64,
    client_id: Uuid,
    client_name: String,
    worker_id: Option<Uuid>,
    worker_name: String,
    service_type_id: Uuid,
    service_type_version: i64,
    service_type_name: String,
    description: String,
    place: String,
    slot_start: DateTime<Utc>,
    slot_end: DateTime<Utc>,
    over: bool,
}

impl From<OrderRow> for Order {
    fn from(row: OrderRow) -> Self {
        Self {
            id: OrderId(row.id),
            version: row.version,
            client: ClientId(row.client_id),
            client_name: row.client_name,
            worker: row.worker_id.map(WorkerId),
            worker_name: row.worker_name,
            service_type: ServiceTypeId(row.service_type_id),
            service_type_version: row.service_type_version,
            service_type_name: row.service_type_name,
            description: row.description,
            place: row.place,
            slot_start: row.slot_start,
            slot_end: row.slot_end,
            over: row.over,
        }
    }
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id.0,
            version: order.version,
            client_id: order.client.0,
            client_name: order.client_name.clone(),
            worker_id: order.worker.map(|worker| worker.0),
            worker_name: order.worker_name.clone(),
            service_type_id: order.service_type.0,
            service_type_version: order.service_type_version,
            service_type_name: order.service_type_name.clone(),
            description: order.description.clone(),
            place: order.place.clone(),
            slot_start: order.slot_start,
            slot_end: order.slot_end,
            over: order.over,
        }
    }
}

/// Locks an order. A transaction that creates or cancels a kit holds the lock of the kit's order.
pub async fn lock(conn: &mut AsyncPgConnection, id: OrderId) -> QueryResult<Option<Order>> {
    let row: Option<OrderRow> = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Order::from))
}

pub async fn get(conn: &mut AsyncPgConnection, id: OrderId) -> QueryResult<Order> {
    let row: OrderRow = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .first(conn)
        .await?;
    Ok(row.into())
}

/// These orders.
pub async fn of(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Order>> {
    let rows: Vec<OrderRow> = orders::table
        .filter(orders::id.eq_any(ids))
        .select(OrderRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Order::from).collect())
}

/// Inserts or updates an order.
pub async fn save(conn: &mut AsyncPgConnection, order: &Order) -> QueryResult<()> {
    let row = OrderRow::from(order);
    diesel::insert_into(orders::table)
        .values(&row)
        .on_conflict(orders::id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}
