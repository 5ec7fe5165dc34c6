//! Kits with everything that people see of them: names, cookie, missing pieces.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::cookie::Cookie;
use crate::domain::ids::{KitId, OrderId};
use crate::domain::kit::{Kit, State};
use crate::domain::order::Order;
use crate::error::Error;
use crate::store::kits::KitRow;
use crate::store::schema::{employees, kit_steps, kits};
use crate::store::{cookies, lines, orders};

#[derive(Debug, Clone)]
pub struct KitView {
    pub kit: Kit,
    pub order: Order,
    pub cookie: Option<Cookie>,
    /// Empty while the kit has no collector.
    pub collector_name: String,
}

/// A change of a kit (rule G6).
#[derive(Queryable, Selectable)]
#[diesel(table_name = kit_steps, check_for_backend(diesel::pg::Pg))]
pub struct StepRow {
    pub what: String,
    pub actor_role: String,
    pub actor_id: String,
    pub at: DateTime<Utc>,
}

/// Selects kits. `None` or empty selects all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub states: Vec<State>,
    pub order: Option<OrderId>,
}

pub async fn get(conn: &mut AsyncPgConnection, id: KitId) -> Result<KitView, Error> {
    of(conn, &[id.0]).await?.pop().ok_or(Error::KitNotFound)
}

/// These kits, in any order.
pub async fn of(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<KitView>> {
    let rows: Vec<KitRow> = kits::table
        .filter(kits::id.eq_any(ids))
        .select(KitRow::as_select())
        .load(conn)
        .await?;
    views(conn, rows).await
}

/// A page of kits, the earliest slot first, from after `after`: the start of a slot and a kit.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<KitView>> {
    let mut query = kits::table
        .select(KitRow::as_select())
        .order((kits::slot_start, kits::id))
        .limit(limit)
        .into_boxed();
    if !filter.states.is_empty() {
        let words = filter.states.iter().map(|state| <&str>::from(*state));
        query = query.filter(kits::state.eq_any(words));
    }
    if let Some(order) = filter.order {
        query = query.filter(kits::order_id.eq(order.0));
    }
    if let Some((slot_start, id)) = after {
        query = query.filter(
            kits::slot_start
                .gt(slot_start)
                .or(kits::slot_start.eq(slot_start).and(kits::id.gt(id))),
        );
    }
    let rows = query.load(conn).await?;
    views(conn, rows).await
}

/// The changes of a kit, oldest first.
pub async fn steps(conn: &mut AsyncPgConnection, id: KitId) -> QueryResult<Vec<StepRow>> {
    kit_steps::table
        .filter(kit_steps::kit_id.eq(id.0))
        .order(kit_steps::id)
        .limit(500)
        .select(StepRow::as_select())
        .load(conn)
        .await
}

/// Takes five queries for any number of kits, never one per kit.
async fn views(conn: &mut AsyncPgConnection, rows: Vec<KitRow>) -> QueryResult<Vec<KitView>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let order_ids: Vec<Uuid> = rows.iter().map(|row| row.order_id).collect();
    let collectors: Vec<Uuid> = rows.iter().filter_map(|row| row.collector).collect();

    let mut lines_of: BTreeMap<KitId, Vec<_>> = BTreeMap::new();
    for line in lines::of(conn, &ids).await? {
        lines_of.entry(line.kit).or_default().push(line);
    }
    let orders: BTreeMap<OrderId, Order> = orders::of(conn, &order_ids)
        .await?
        .into_iter()
        .map(|order| (order.id, order))
        .collect();
    let cookies: BTreeMap<OrderId, Cookie> = cookies::of(conn, &order_ids)
        .await?
        .into_iter()
        .map(|cookie| (cookie.order, cookie))
        .collect();
    let collectors: BTreeMap<Uuid, String> = employees::table
        .filter(employees::id.eq_any(collectors))
        .select((employees::id, employees::name))
        .load::<(Uuid, String)>(conn)
        .await?
        .into_iter()
        .collect();

    rows.into_iter()
        .map(|row| {
            let lines = lines_of.remove(&KitId(row.id)).unwrap_or_default();
            let kit = row.with(lines)?;
            // A foreign key guarantees that the order exists.
            let order = orders.get(&kit.order).ok_or(diesel::result::Error::NotFound)?;
            Ok(KitView {
                cookie: cookies.get(&kit.order).cloned(),
                collector_name: kit
                    .collector
                    .and_then(|collector| collectors.get(&collector.0).cloned())
                    .unwrap_or_default(),
                order: order.clone(),
                kit,
            })
        })
        .collect()
}
