//! Table `order_changes`: every change of every order, who made it and when (G6). Never changed, never removed.

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
use crate::domain::id::{ClientId, OrderId, WorkerId};
use crate::domain::order::{Change, Event, Order, Stage};

/// One entry of an order's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which order.
    pub order: OrderId,
    /// The order's version after the change.
    pub version: i64,
    /// What happened, as [`crate::domain::order::Event::name`] says it.
    pub event: String,
    /// The state before; none for a new order.
    pub from: Option<Stage>,
    /// The state after.
    pub to: Stage,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whose changes are watched. Empty means everybody's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    /// Only this client's.
    pub client: Option<ClientId>,
    /// Only this worker's.
    pub worker: Option<WorkerId>,
    /// Only this order's.
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

pub(super) async fn insert(mut conn: &AsyncPgConnection, changes: &[&Change]) -> Result<(), Error> {
    enum InsertChanges {}
    let each = || changes.iter();
    let actors = || each().map(|change| row::actor_columns(change.by));
    let insert = InsertRows::<InsertChanges, _>::into(
        "order_changes (order_id, version, event, from_state, to_state, actor_role, actor_id, at, worker_id)",
        (
            column::<sql_types::Uuid, _>(each().map(|change| change.order.id.0)),
            column::<sql_types::BigInt, _>(each().map(|change| change.order.version)),
            column::<sql_types::Text, _>(each().map(|change| change.event.name())),
            column::<Nullable<sql_types::Text>, _>(each().map(|change| change.from.map(Stage::name))),
            column::<sql_types::Text, _>(each().map(|change| change.order.stage().name())),
            column::<sql_types::Text, _>(actors().map(|(role, _)| role)),
            column::<Nullable<sql_types::Uuid>, _>(actors().map(|(_, id)| id)),
            column::<sql_types::Timestamptz, _>(each().map(|change| change.at)),
            column::<Nullable<sql_types::Uuid>, _>(
                each().map(|change| concerned(change).map(|worker| worker.0)),
            ),
        ),
    );
    insert.execute(&mut conn).await?;
    Ok(())
}

/// The worker whom a change concerns: who performs the order, or was just taken off it.
fn concerned(change: &Change) -> Option<WorkerId> {
    match &change.event {
        Event::Unassigned { worker, .. } => Some(*worker),
        _ => change.order.assignment().map(|assignment| assignment.worker),
    }
}

/// The histories of these orders, each oldest first.
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

/// Changes from `since` on, oldest first, each with the order as it is now.
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
        let stage = |name: &str| Stage::from_name(name).ok_or_else(|| row::corrupt("state", name));
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
