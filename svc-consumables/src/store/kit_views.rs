//! Kits as people see them: with names, cookie and what is short.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::cookie::Cookie;
use crate::domain::ids::{KitId, MaterialCode, OrderId};
use crate::domain::kit::{Kit, State};
use crate::domain::order::Order;
use crate::store::kits::KitRow;
use crate::store::materials::MaterialRow;
use crate::store::schema::{employee, kit, kit_step};
use crate::store::{cookies, lines, materials, orders};

/// A kit with everything around it.
#[derive(Debug, Clone)]
pub struct KitView {
    /// The kit.
    pub kit: Kit,
    /// Its order.
    pub order: Order,
    /// The order's cookie.
    pub cookie: Option<Cookie>,
    /// The collector's name, empty where nobody has it.
    pub collector_name: String,
    /// The materials of its lines.
    pub materials: BTreeMap<MaterialCode, MaterialRow>,
}

/// One step of a kit's story as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = kit_step)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct StepRow {
    /// What happened.
    pub what: String,
    /// A number of `artel.access.v1.Role`.
    pub actor_role: i32,
    /// The actor's subject.
    pub actor_id: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Which kits.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states; empty: in any.
    pub states: Vec<State>,
    /// Of this order.
    pub order: Option<OrderId>,
}

/// Where a page begins: after this beginning of a slot and this kit.
pub type After = (DateTime<Utc>, Uuid);

/// One kit.
pub async fn find(conn: &mut AsyncPgConnection, id: KitId) -> QueryResult<Option<KitView>> {
    let rows: Vec<KitRow> = kit::table
        .filter(kit::id.eq(id.0))
        .select(KitRow::as_select())
        .load(conn)
        .await?;
    Ok(views(conn, rows).await?.pop())
}

/// These kits, in no particular sequence.
pub async fn of(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<KitView>> {
    let rows: Vec<KitRow> = kit::table
        .filter(kit::id.eq_any(ids))
        .select(KitRow::as_select())
        .load(conn)
        .await?;
    views(conn, rows).await
}

/// A page of kits, the earliest slot first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
) -> QueryResult<Vec<KitView>> {
    let mut query = kit::table
        .select(KitRow::as_select())
        .order((kit::slot_start, kit::id))
        .limit(limit)
        .into_boxed();
    if !filter.states.is_empty() {
        let words: Vec<&str> = filter.states.iter().map(|state| state.word()).collect();
        query = query.filter(kit::state.eq_any(words));
    }
    if let Some(order) = filter.order {
        query = query.filter(kit::order_id.eq(order.0));
    }
    if let Some((slot_start, id)) = after {
        query = query.filter(
            kit::slot_start
                .gt(slot_start)
                .or(kit::slot_start.eq(slot_start).and(kit::id.gt(id))),
        );
    }
    let rows = query.load(conn).await?;
    views(conn, rows).await
}

/// A kit's story, oldest first.
pub async fn steps(conn: &mut AsyncPgConnection, id: KitId) -> QueryResult<Vec<StepRow>> {
    kit_step::table
        .filter(kit_step::kit_id.eq(id.0))
        .order(kit_step::id)
        .limit(500)
        .select(StepRow::as_select())
        .load(conn)
        .await
}

/// Six queries for any number of kits, never one per kit.
async fn views(conn: &mut AsyncPgConnection, rows: Vec<KitRow>) -> QueryResult<Vec<KitView>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let order_ids: Vec<Uuid> = rows.iter().map(|row| row.order_id).collect();
    let collectors: Vec<Uuid> = rows.iter().filter_map(|row| row.collector).collect();

    let mut lines_of: BTreeMap<KitId, Vec<_>> = BTreeMap::new();
    for line in lines::of(conn, &ids).await? {
        lines_of.entry(line.kit).or_default().push(line);
    }
    let names = materials::named(conn, lines_of.values().flatten().map(|line| &line.material)).await?;
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
    let collectors: BTreeMap<Uuid, String> = employee::table
        .filter(employee::id.eq_any(collectors))
        .select((employee::id, employee::name))
        .load::<(Uuid, String)>(conn)
        .await?
        .into_iter()
        .collect();

    rows.into_iter()
        .map(|row| {
            let lines = lines_of.remove(&KitId(row.id)).unwrap_or_default();
            let kit = row.with(lines)?;
            // A foreign key says that the order is there.
            let order = orders
                .get(&kit.order)
                .ok_or(diesel::result::Error::NotFound)?
                .clone();
            let materials = kit
                .lines
                .iter()
                .filter_map(|line| names.get_key_value(&line.material))
                .map(|(code, row)| (code.clone(), row.clone()))
                .collect();
            Ok(KitView {
                cookie: cookies.get(&kit.order).cloned(),
                collector_name: kit
                    .collector
                    .and_then(|collector| collectors.get(&collector.0).cloned())
                    .unwrap_or_default(),
                order,
                materials,
                kit,
            })
        })
        .collect()
}
