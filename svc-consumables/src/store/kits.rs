//! Kits. Saving one and publishing what happened to it are one call.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::{EmployeeId, KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::kit::{Event, Kit, State};
use crate::domain::line::Line;
use crate::domain::order::Order;
use crate::domain::stock::Stock;
use crate::events::publish;
use crate::store::numbers::{count, known};
use crate::store::schema::{kit, kit_step};
use crate::store::{lines, stock};

/// A kit as stored, without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = kit)]
#[diesel(treat_none_as_null = true)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct KitRow {
    pub(super) id: Uuid,
    pub(super) order_id: Uuid,
    pub(super) worker_id: Uuid,
    pub(super) state: String,
    pub(super) acceptance_form: String,
    pub(super) with_cookie: bool,
    pub(super) collector: Option<Uuid>,
    pub(super) without_cookie: Option<String>,
    pub(super) cancel_reason: Option<String>,
    pub(super) version: i64,
    pub(super) slot_start: DateTime<Utc>,
    pub(super) requested_at: DateTime<Utc>,
    pub(super) changed_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = kit_step)]
struct NewStepRow<'a> {
    kit_id: Uuid,
    what: &'static str,
    actor_role: i32,
    actor_id: &'a str,
    at: DateTime<Utc>,
}

impl KitRow {
    fn new(kit: &Kit, order: &Order) -> Self {
        Self {
            id: kit.id.0,
            order_id: kit.order.0,
            worker_id: kit.worker.0,
            state: kit.state.word().to_owned(),
            acceptance_form: kit.acceptance_form.clone(),
            with_cookie: kit.with_cookie,
            collector: kit.collector.map(|collector| collector.0),
            without_cookie: kit.without_cookie.clone(),
            cancel_reason: kit.cancel_reason.clone(),
            version: i64::from(kit.version),
            slot_start: order.slot_start,
            requested_at: kit.requested_at,
            changed_at: kit.changed_at,
        }
    }

    /// The kit that the row and its lines make.
    pub(super) fn with(self, lines: Vec<Line>) -> QueryResult<Kit> {
        Ok(Kit {
            id: KitId(self.id),
            order: OrderId(self.order_id),
            worker: WorkerId(self.worker_id),
            state: known(State::from_word(&self.state), &self.state)?,
            lines,
            acceptance_form: self.acceptance_form,
            with_cookie: self.with_cookie,
            collector: self.collector.map(EmployeeId),
            without_cookie: self.without_cookie,
            cancel_reason: self.cancel_reason,
            version: count(self.version)?,
            requested_at: self.requested_at,
            changed_at: self.changed_at,
        })
    }
}

/// Locks a kit for a change that leaves its materials alone.
pub async fn lock(conn: &mut AsyncPgConnection, id: KitId) -> QueryResult<Option<Kit>> {
    match lock_row(conn, id).await? {
        Some(row) => row.with(lines::of(conn, &[id.0]).await?).map(Some),
        None => Ok(None),
    }
}

/// Locks a kit together with the stock of its materials and of `more`. The lines are read last: until the balances are
/// locked somebody else may fill them.
pub async fn lock_with_stock(
    conn: &mut AsyncPgConnection,
    id: KitId,
    more: &BTreeSet<MaterialCode>,
) -> QueryResult<Option<(Kit, Stock)>> {
    let Some(row) = lock_row(conn, id).await? else {
        return Ok(None);
    };
    let mut codes = lines::codes_of(conn, id).await?;
    codes.extend(more.iter().cloned());
    let stock = stock::lock(conn, &codes).await?;
    let kit = row.with(lines::of(conn, &[id.0]).await?)?;
    Ok(Some((kit, stock)))
}

async fn lock_row(conn: &mut AsyncPgConnection, id: KitId) -> QueryResult<Option<KitRow>> {
    // Not FOR UPDATE: movements refer to kits, and one that fills this kit must not wait for us while we wait for its
    // balance.
    kit::table
        .find(id.0)
        .select(KitRow::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
}

/// A kit of an order, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfOrder {
    /// The kit.
    pub id: KitId,
    /// To whom it goes or went.
    pub worker: WorkerId,
    /// Where it is in its life.
    pub state: State,
    /// Whether the cookie belongs into it.
    pub with_cookie: bool,
}

/// The kits of an order, newest first.
pub async fn of_order(conn: &mut AsyncPgConnection, order: OrderId) -> QueryResult<Vec<OfOrder>> {
    let rows: Vec<(Uuid, Uuid, String, bool)> = kit::table
        .filter(kit::order_id.eq(order.0))
        .order((kit::requested_at.desc(), kit::id.desc()))
        .select((kit::id, kit::worker_id, kit::state, kit::with_cookie))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(id, worker, state, with_cookie)| {
            Ok(OfOrder {
                id: KitId(id),
                worker: WorkerId(worker),
                state: known(State::from_word(&state), &state)?,
                with_cookie,
            })
        })
        .collect()
}

/// The open kit of an order, if it has one.
pub async fn open_of(conn: &mut AsyncPgConnection, order: OrderId) -> QueryResult<Option<KitId>> {
    let kits = of_order(conn, order).await?;
    Ok(kits.into_iter().find(|kit| kit.state.is_open()).map(|kit| kit.id))
}

/// Writes a kit with its lines and its story, and publishes what happened.
pub async fn save(
    conn: &mut AsyncPgConnection,
    changed: &Kit,
    order: &Order,
    event: Event,
    by: &Actor,
) -> QueryResult<()> {
    let row = KitRow::new(changed, order);
    diesel::insert_into(kit::table)
        .values(&row)
        .on_conflict(kit::id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    lines::save(conn, &changed.lines).await?;
    diesel::insert_into(kit_step::table)
        .values(NewStepRow {
            kit_id: changed.id.0,
            what: word(event),
            actor_role: by.role,
            actor_id: &by.id,
            at: changed.changed_at,
        })
        .execute(conn)
        .await?;
    publish::kit(conn, changed, order, event, by).await
}

/// Counts a change of a kit's cookie as a change of the kit.
pub async fn save_version(conn: &mut AsyncPgConnection, changed: &Kit) -> QueryResult<()> {
    diesel::update(kit::table.find(changed.id.0))
        .set((
            kit::version.eq(i64::from(changed.version)),
            kit::changed_at.eq(changed.changed_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

fn word(event: Event) -> &'static str {
    match event {
        Event::Requested => "requested",
        Event::Reassigned => "reassigned",
        Event::Extended => "extended",
        Event::Collecting => "collecting",
        Event::Ready => "ready",
        Event::Issued => "issued",
        Event::Cancelled => "cancelled",
    }
}
