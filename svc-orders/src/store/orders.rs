//! Table `orders`. New orders are saved as [`NewOrders`], changes of an order as [`Change`]. Each
//! writes the row, its history, its match request, the worker's record and the events together.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::{Events, PipelinedChange};
use service_host::database::{InsertRows, column};
use service_host::telemetry;
use uuid::Uuid;

use super::changes::Entry;
use super::kits::{self, Kit};
use super::order_row::OrderRow;
use super::schema::{orders, service_types};
use super::{changes, match_requests, workers};
use crate::domain::ids::{ClientId, OrderId, WorkerId};
use crate::domain::order::{Change, Event, Order, Stage};
use crate::error::{Error, Resource};
use crate::events::convert;

/// Selects orders. `None` or empty selects all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub client: Option<ClientId>,
    pub worker: Option<WorkerId>,
    pub stages: Vec<Stage>,
}

/// New orders of one or several callers, each with the trace that its event continues. Saving a
/// hundred takes as many statements as saving one.
pub struct NewOrders<'a>(Vec<(&'a Order, Option<String>)>);

impl<'a> NewOrders<'a> {
    /// One order, in the current trace.
    pub fn one(order: &'a Order) -> Self {
        Self(vec![(order, telemetry::trace_context())])
    }
}

impl<'a> FromIterator<(&'a Order, Option<String>)> for NewOrders<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a Order, Option<String>)>>(orders: I) -> Self {
        Self(orders.into_iter().collect())
    }
}

impl PipelinedChange for NewOrders<'_> {
    type Error = Error;

    async fn write(&self, conn: &AsyncPgConnection) -> Result<(), Error> {
        let orders = || self.0.iter().map(|(order, _)| *order);
        let entries: Vec<_> = orders().map(changes::placed).collect();
        let requests: Vec<_> = self
            .0
            .iter()
            .map(|(order, trace)| (*order, order.placed_at, trace.as_deref()))
            .collect();
        insert(conn, orders).await?;
        // Both reference the orders, but not each other: sent together, they take one round trip.
        tokio::try_join!(
            biased;
            changes::insert(conn, &entries),
            match_requests::add(conn, &requests),
        )?;
        Ok(())
    }

    fn events(&self) -> Result<Events, Error> {
        Ok(convert::placed(&self.0))
    }
}

/// Inserts placed orders. Columns of later states stay null.
async fn insert<'a, I: Iterator<Item = &'a Order>>(
    mut conn: &AsyncPgConnection,
    each: impl Fn() -> I,
) -> Result<(), Error> {
    enum InsertOrders {}
    let insert = InsertRows::<InsertOrders, _>::into(
        "orders (id, client_id, client_name, service_type_id, service_type_version, service_type_name, \
         description, place, contact, slot_start, slot_end, repeats, state, waiting, placed_at, version)",
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

impl messaging::Change for Change {
    type Written = ();
    type Error = Error;

    /// The order must have been locked by [`lock`] in this transaction.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let row = OrderRow::from(&self.order);
        let before = orders::table
            .find(row.id)
            .filter(orders::version.eq(row.version - 1));
        if diesel::update(before).set(&row).execute(conn).await? != 1 {
            return Err(Error::Corrupt(format!(
                "order {} was saved without being locked",
                row.id
            )));
        }
        changes::insert(conn, &[changes::changed(self)]).await?;
        follow(conn, self).await
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(convert::changed(self))
    }
}

/// Updates the match requests and the worker's record after a change.
async fn follow(conn: &mut AsyncPgConnection, change: &Change) -> Result<(), Error> {
    let order = &change.order;
    match &change.event {
        Event::Waiting | Event::Started { .. } => return Ok(()),
        Event::Assigned(_) => return match_requests::remove(conn, order.id).await,
        Event::Unassigned { .. } => {
            let trace = telemetry::trace_context();
            match_requests::add(conn, &[(order, change.at, trace.as_deref())]).await?;
        }
        Event::Cancelled { .. } => match_requests::remove(conn, order.id).await?,
        Event::Completed { .. } | Event::Failed { .. } => {}
    }
    match_requests::request_overlapping(conn, order.slot).await?;
    match change.event {
        Event::Completed { worker, .. } => workers::count_ended(conn, worker, true).await,
        Event::Failed { worker, .. } => workers::count_ended(conn, worker, false).await,
        _ => Ok(()),
    }
}

pub async fn get(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Order, Error> {
    let row: Option<OrderRow> = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::NotFound(Resource::Order))?.try_into()
}

/// An order with its history and its kits.
#[derive(Debug)]
pub struct Whole {
    pub order: Order,
    /// From the oldest entry to the newest.
    pub history: Vec<Entry>,
    /// Newest first.
    pub kits: Vec<Kit>,
}

/// These orders with their histories and kits, in any order. The three queries are sent together
/// and take one round trip.
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

/// The order, locked until the transaction ends: of two racing commands, the second sees the result
/// of the first.
pub async fn lock(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Order, Error> {
    let row: Option<OrderRow> = orders::table
        .find(id.0)
        .select(OrderRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::NotFound(Resource::Order))?.try_into()
}

/// The worker's assigned orders that have not started and whose slots are not over, locked.
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

/// Assigned orders that have not started within the grace period, in order of ids, from after
/// `after`.
pub async fn overdue(
    conn: &mut AsyncPgConnection,
    after: Option<OrderId>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>, Error> {
    let due = diesel::dsl::sql::<sql_types::Bool>(
        "greatest(orders.slot_start, orders.assigned_at) \
         + service_types.grace_ms * interval '1 millisecond' <= ",
    )
    .bind::<sql_types::Timestamptz, _>(now);
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

pub async fn count_completed(conn: &mut AsyncPgConnection, client: ClientId) -> Result<u32, Error> {
    let completed: i64 = orders::table
        .filter(orders::client_id.eq(client.0))
        .filter(orders::state.eq(Stage::Completed.name()))
        .count()
        .get_result(conn)
        .await?;
    Ok(u32::try_from(completed).unwrap_or(u32::MAX))
}
