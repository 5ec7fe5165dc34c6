//! Table `orders`. [`save`], with [`save_new`] for several at once, is the only way in: the row, its history, its place in the match queue, the worker's record
//! and the event are one thing.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::database::{InsertRows, column};
use service_host::telemetry;
use uuid::Uuid;

use super::changes::Entry;
use super::kits::{self, Kit};
use super::order_row::OrderRow;
use super::schema::{orders, service_types};
use super::{changes, match_queue, workers};
use crate::domain::id::{ClientId, OrderId, WorkerId};
use crate::domain::order::{Change, Event, Order, Stage};
use crate::{Error, events};

/// Which orders. Empty means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this client's.
    pub client: Option<ClientId>,
    /// Only this worker's.
    pub worker: Option<WorkerId>,
    /// Only in one of these states.
    pub stages: Vec<Stage>,
}

/// Saves what a command did, with everything that follows from it, and announces it. The order must have been locked by
/// [`lock`] in this transaction, unless it is new.
pub async fn save(conn: &mut AsyncPgConnection, change: &Change) -> Result<(), Error> {
    if change.from.is_none() {
        return save_new(conn, &[(change, telemetry::trace_context())]).await;
    }
    let row = OrderRow::from(&change.order);
    let before = orders::table
        .find(row.id)
        .filter(orders::version.eq(row.version - 1));
    let updated = diesel::update(before).set(&row).execute(conn).await?;
    if updated != 1 {
        return Err(Error::Corrupt(format!(
            "order {} was saved without being locked",
            row.id
        )));
    }
    changes::insert(conn, &[change]).await?;
    follow(conn, change).await?;
    events::publish::order(conn, change).await
}

/// As [`save`], for new orders of one or several callers: each change with the trace that its event belongs to. As many
/// statements for a hundred as for one.
pub async fn save_new(conn: &AsyncPgConnection, placed: &[(&Change, Option<String>)]) -> Result<(), Error> {
    let all: Vec<&Change> = placed.iter().map(|(change, _)| *change).collect();
    insert(conn, &all).await?;
    // Each stands on the orders and none on another: sent together, one round trip.
    tokio::try_join!(
        changes::insert(conn, &all),
        match_queue::push(conn, placed),
        events::publish::placed(conn, placed),
    )?;
    Ok(())
}

/// The rows of placed orders. What only later states know stays empty.
async fn insert(mut conn: &AsyncPgConnection, placed: &[&Change]) -> Result<(), Error> {
    enum InsertOrders {}
    let each = || placed.iter().map(|change| &change.order);
    let insert = InsertRows::<InsertOrders, _>::into(
        "orders (id, client_id, client_name, service_type_id, service_type_version, service_type_name, description, \
         place, contact, slot_start, slot_end, repeats, state, waiting, placed_at, version)",
        (
            column::<sql_types::Uuid, _>(each().map(|order| order.id.0)),
            column::<sql_types::Uuid, _>(each().map(|order| order.client.0)),
            column::<sql_types::Text, _>(each().map(|order| &order.client_name)),
            column::<sql_types::Uuid, _>(each().map(|order| order.service.id.0)),
            column::<sql_types::BigInt, _>(each().map(|order| order.service.version)),
            column::<sql_types::Text, _>(each().map(|order| &order.service.name)),
            column::<sql_types::Text, _>(each().map(|order| &order.brief.description)),
            column::<sql_types::Text, _>(each().map(|order| &order.brief.place)),
            column::<sql_types::Text, _>(each().map(|order| &order.brief.contact)),
            column::<sql_types::Timestamptz, _>(each().map(|order| order.slot.start())),
            column::<sql_types::Timestamptz, _>(each().map(|order| order.slot.end())),
            column::<Nullable<sql_types::Uuid>, _>(each().map(|order| order.repeats.map(|first| first.0))),
            column::<sql_types::Text, _>(each().map(|order| order.stage().name())),
            column::<sql_types::Bool, _>(each().map(|_| false)),
            column::<sql_types::Timestamptz, _>(each().map(|order| order.placed_at)),
            column::<sql_types::BigInt, _>(each().map(|order| order.version)),
        ),
    );
    insert.execute(&mut conn).await?;
    Ok(())
}

/// What an order's change means for the match queue and for the worker's record.
async fn follow(conn: &mut AsyncPgConnection, change: &Change) -> Result<(), Error> {
    let order = &change.order;
    match &change.event {
        Event::Placed => match_queue::push(conn, &[(change, telemetry::trace_context())]).await?,
        Event::Unassigned { .. } => {
            match_queue::push(conn, &[(change, telemetry::trace_context())]).await?;
            match_queue::want_overlapping(conn, order.slot).await?;
        }
        Event::Assigned => match_queue::remove(conn, order.id).await?,
        Event::Waiting | Event::Started => {}
        Event::Cancelled => {
            match_queue::remove(conn, order.id).await?;
            match_queue::want_overlapping(conn, order.slot).await?;
        }
        Event::Completed | Event::Failed => match_queue::want_overlapping(conn, order.slot).await?,
    }
    if let (Event::Completed | Event::Failed, Some(assignment)) = (&change.event, order.assignment()) {
        workers::count_ended(conn, assignment.worker, change.event == Event::Completed).await?;
    }
    Ok(())
}

/// The order, if there is one.
pub async fn find(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<Order>, Error> {
    let row: Option<OrderRow> = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(Order::try_from).transpose()
}

/// An order with everything that is known of it.
#[derive(Debug)]
pub struct Whole {
    /// The order.
    pub order: Order,
    /// Its history, oldest first.
    pub history: Vec<Entry>,
    /// Its kits, newest first.
    pub kits: Vec<Kit>,
}

/// These orders with everything that is known of them, in no order. One round trip: the three questions are sent together.
pub async fn find_whole(conn: &AsyncPgConnection, ids: &[OrderId]) -> Result<Vec<Whole>, Error> {
    let (orders, mut entries, mut kits) = tokio::try_join!(
        find_all(conn, ids),
        changes::of_orders(conn, ids),
        kits::of_orders(conn, ids),
    )?;
    let whole = |order: Order| Whole {
        history: entries.extract_if(.., |entry| entry.order == order.id).collect(),
        kits: kits.extract_if(.., |kit| kit.order == order.id).collect(),
        order,
    };
    Ok(orders.into_iter().map(whole).collect())
}

async fn find_all(mut conn: &AsyncPgConnection, ids: &[OrderId]) -> Result<Vec<Order>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<OrderRow> = orders::table
        .filter(orders::id.eq_any(ids))
        .select(OrderRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// The order, locked until the transaction ends: of two commands that race for it, the second sees what the first did.
pub async fn lock(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<Order>, Error> {
    let row: Option<OrderRow> = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.map(Order::try_from).transpose()
}

/// The worker's orders that nobody has started and whose slots are not over, locked.
pub async fn lock_assigned(
    conn: &mut AsyncPgConnection,
    worker: WorkerId,
    now: DateTime<Utc>,
) -> Result<Vec<Order>, Error> {
    let rows: Vec<OrderRow> = orders::table
        .filter(orders::worker_id.eq(worker.0))
        .filter(orders::state.eq(Stage::Assigned.name()))
        .filter(orders::slot_end.gt(now))
        .order(orders::id)
        .select(OrderRow::as_select())
        .for_update()
        .load(conn)
        .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Orders that nobody started although slot start and grace are over, by id from after `after`.
pub async fn overdue(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>, Error> {
    let due = diesel::dsl::sql::<diesel::sql_types::Bool>(
        "greatest(orders.slot_start, orders.assigned_at) + service_types.grace_ms * interval '1 millisecond' <= ",
    )
    .bind::<diesel::sql_types::Timestamptz, _>(now);
    let of_its_version = orders::service_type_id
        .eq(service_types::id)
        .and(orders::service_type_version.eq(service_types::version));
    let ids: Vec<Uuid> = orders::table
        .inner_join(service_types::table.on(of_its_version))
        .filter(orders::state.eq(Stage::Assigned.name()))
        .filter(orders::slot_start.le(now))
        .filter(due)
        .filter(orders::id.gt(after.map_or(Uuid::nil(), |order| order.0)))
        .order(orders::id)
        .limit(limit)
        .select(orders::id)
        .load(conn)
        .await?;
    Ok(ids.into_iter().map(OrderId).collect())
}

/// A page of orders, newest first, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Order>, Error> {
    let mut query = orders::table
        .select(OrderRow::as_select())
        .order((orders::placed_at.desc(), orders::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(client) = filter.client {
        query = query.filter(orders::client_id.eq(client.0));
    }
    if let Some(worker) = filter.worker {
        query = query.filter(orders::worker_id.eq(worker.0));
    }
    if !filter.stages.is_empty() {
        let names: Vec<&str> = filter.stages.iter().map(|stage| stage.name()).collect();
        query = query.filter(orders::state.eq_any(names));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            orders::placed_at
                .lt(at)
                .or(orders::placed_at.eq(at).and(orders::id.lt(id))),
        );
    }
    let rows: Vec<OrderRow> = query.load(conn).await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// How many of the client's orders were completed.
pub async fn count_completed(conn: &mut AsyncPgConnection, client: ClientId) -> Result<u32, Error> {
    let completed: i64 = orders::table
        .filter(orders::client_id.eq(client.0))
        .filter(orders::state.eq(Stage::Completed.name()))
        .count()
        .get_result(conn)
        .await?;
    Ok(u32::try_from(completed).unwrap_or(u32::MAX))
}
