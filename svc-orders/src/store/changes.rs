//! Table `order_changes`: the history of every order, with who made each change and when (G6). Rows
//! are never changed or removed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service_host::database::{InsertRows, column};
use uuid::Uuid;

use super::order_row::OrderRow;
use super::row;
use super::schema::{order_changes, orders};
use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::ids::{ClientId, OrderId, WorkerId};
use crate::domain::order::{Change, Event, Order, Stage};

/// One entry of an order's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub order: OrderId,
    /// The order's version after the change.
    pub version: i64,
    /// `placed`, or the name of the [`Event`].
    pub event: String,
    /// `None` for a new order.
    pub from: Option<Stage>,
    pub to: Stage,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// Selects the changes to watch. `None` selects all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    pub client: Option<ClientId>,
    pub worker: Option<WorkerId>,
    pub order: Option<OrderId>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = order_changes, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    order_id: Uuid,
    version: i64,
    event: String,
    from_state: Option<String>,
    to_state: String,
    actor_role: String,
    actor_id: Option<Uuid>,
    at: DateTime<Utc>,
}

/// An entry with the worker that it concerns: the order's worker, or the one who was taken off it.
pub(super) type NewEntry = (Entry, Option<WorkerId>);

pub(super) fn placed(order: &Order) -> NewEntry {
    let entry = Entry {
        order: order.id,
        version: order.version,
        event: "placed".to_owned(),
        from: None,
        to: order.stage(),
        by: Actor::Client(order.client),
        at: order.placed_at,
    };
    (entry, None)
}

pub(super) fn changed(change: &Change) -> NewEntry {
    let entry = Entry {
        order: change.order.id,
        version: change.order.version,
        event: <&str>::from(&change.event).to_owned(),
        from: Some(change.from),
        to: change.order.stage(),
        by: change.by,
        at: change.at,
    };
    let worker = match &change.event {
        Event::Unassigned { worker, .. } => Some(*worker),
        _ => change.order.assignment().map(|assignment| assignment.worker),
    };
    (entry, worker)
}

pub(super) async fn insert(mut conn: &AsyncPgConnection, new: &[NewEntry]) -> Result<(), Error> {
    enum InsertChanges {}
    let each = || new.iter().map(|(entry, _)| entry);
    let actors = || each().map(|entry| row::actor_columns(entry.by));
    let insert = InsertRows::<InsertChanges, _>::into(
        "order_changes \
         (order_id, version, event, from_state, to_state, actor_role, actor_id, at, worker_id)",
        (
            column::<sql_types::Uuid, _>(each().map(|entry| entry.order.0)),
            column::<sql_types::BigInt, _>(each().map(|entry| entry.version)),
            column::<sql_types::Text, _>(each().map(|entry| entry.event.as_str())),
            column::<Nullable<sql_types::Text>, _>(each().map(|entry| entry.from.map(Stage::name))),
            column::<sql_types::Text, _>(each().map(|entry| entry.to.name())),
            column::<sql_types::Text, _>(actors().map(|(role, _)| role)),
            column::<Nullable<sql_types::Uuid>, _>(actors().map(|(_, id)| id)),
            column::<sql_types::Timestamptz, _>(each().map(|entry| entry.at)),
            column::<Nullable<sql_types::Uuid>, _>(
                new.iter().map(|(_, worker)| worker.map(|worker| worker.0)),
            ),
        ),
    );
    insert.execute(&mut conn).await?;
    Ok(())
}

/// The histories of these orders, each from the oldest entry to the newest.
pub async fn of_orders(mut conn: &AsyncPgConnection, orders: &[OrderId]) -> Result<Vec<Entry>, Error> {
    let orders: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows: Vec<EntryRow> = order_changes::table
        .filter(order_changes::order_id.eq_any(orders))
        .order(order_changes::version)
        .select(EntryRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Changes from `since` on, oldest first, each with the current order.
pub async fn since(
    conn: &mut AsyncPgConnection,
    watched: Watched,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Entry, Order)>, Error> {
    let mut query = order_changes::table
        .inner_join(orders::table)
        .filter(order_changes::at.ge(since))
        .order((order_changes::at, order_changes::order_id, order_changes::version))
        .limit(limit)
        .select((EntryRow::as_select(), OrderRow::as_select()))
        .into_boxed();
    if let Some(client) = watched.client {
        query = query.filter(orders::client_id.eq(client.0));
    }
    if let Some(worker) = watched.worker {
        query = query.filter(order_changes::worker_id.eq(worker.0));
    }
    if let Some(order) = watched.order {
        query = query.filter(orders::id.eq(order.0));
    }
    let rows: Vec<(EntryRow, OrderRow)> = query.load(conn).await?;
    rows.into_iter()
        .map(|(entry, order)| Ok((entry.try_into()?, order.try_into()?)))
        .collect()
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self, Error> {
        let stage = |name: &str| row::parse("state", name);
        Ok(Self {
            order: OrderId(row.order_id),
            version: row.version,
            from: row.from_state.as_deref().map(stage).transpose()?,
            to: stage(&row.to_state)?,
            by: row::actor(&row.actor_role, row.actor_id)?,
            event: row.event,
            at: row.at,
        })
    }
}
