//! Tables `kits` and `kit_steps`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Events;
use uuid::Uuid;

use crate::domain::ids::{EmployeeId, KitId, MaterialCode, OrderId, WorkerId};
use crate::domain::kit::{Change, Kit, State};
use crate::domain::line::Line;
use crate::domain::stock::Stock;
use crate::error::Error;
use crate::events::convert;
use crate::store::row::{count, parse};
use crate::store::schema::{kit_steps, kits};
use crate::store::{lines, stock};

/// A kit without its lines.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = kits, treat_none_as_null = true, check_for_backend(diesel::pg::Pg))]
pub(super) struct KitRow {
    pub(super) id: Uuid,
    pub(super) order_id: Uuid,
    worker_id: Uuid,
    state: String,
    acceptance_form: String,
    with_cookie: bool,
    pub(super) collector: Option<Uuid>,
    without_cookie: Option<String>,
    cancel_reason: Option<String>,
    version: i64,
    slot_start: DateTime<Utc>,
    requested_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl From<&Kit> for KitRow {
    fn from(kit: &Kit) -> Self {
        Self {
            id: kit.id.0,
            order_id: kit.order.0,
            worker_id: kit.worker.0,
            state: kit.state.to_string(),
            acceptance_form: kit.acceptance_form.clone(),
            with_cookie: kit.with_cookie,
            collector: kit.collector.map(|collector| collector.0),
            without_cookie: kit.without_cookie.clone(),
            cancel_reason: kit.cancel_reason.clone(),
            version: i64::from(kit.version),
            slot_start: kit.slot_start,
            requested_at: kit.requested_at,
            changed_at: kit.changed_at,
        }
    }
}

impl KitRow {
    pub(super) fn with(self, lines: Vec<Line>) -> QueryResult<Kit> {
        Ok(Kit {
            id: KitId(self.id),
            order: OrderId(self.order_id),
            worker: WorkerId(self.worker_id),
            state: parse(&self.state)?,
            lines,
            acceptance_form: self.acceptance_form,
            with_cookie: self.with_cookie,
            collector: self.collector.map(EmployeeId),
            without_cookie: self.without_cookie,
            cancel_reason: self.cancel_reason,
            version: count(self.version)?,
            slot_start: self.slot_start,
            requested_at: self.requested_at,
            changed_at: self.changed_at,
        })
    }
}

impl messaging::Change for Change<'_> {
    type Written = ();
    type Error = Error;

    /// The kit must be new or locked by [`lock`] or [`lock_with_stock`] in this transaction.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let row = KitRow::from(self.kit);
        diesel::insert_into(kits::table)
            .values(&row)
            .on_conflict(kits::id)
            .do_update()
            .set(&row)
            .execute(conn)
            .await?;
        lines::save(conn, &self.kit.lines).await?;
        diesel::insert_into(kit_steps::table)
            .values((
                kit_steps::kit_id.eq(self.kit.id.0),
                kit_steps::what.eq(<&str>::from(&self.event)),
                kit_steps::actor_role.eq(self.by.role.claim()),
                kit_steps::actor_id.eq(&self.by.id),
                kit_steps::at.eq(self.kit.changed_at),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(convert::kit(self))
    }
}

/// Counts a change of a kit's cookie as a change of the kit.
pub(super) async fn save_version(conn: &mut AsyncPgConnection, kit: &Kit) -> QueryResult<()> {
    diesel::update(kits::table.find(kit.id.0))
        .set((
            kits::version.eq(i64::from(kit.version)),
            kits::changed_at.eq(kit.changed_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Locks a kit for a change that leaves its materials alone.
pub async fn lock(conn: &mut AsyncPgConnection, id: KitId) -> Result<Kit, Error> {
    let row = lock_row(conn, id).await?;
    Ok(row.with(lines::of(conn, &[id.0]).await?)?)
}

/// Locks a kit together with the stock of its materials and of `more`. The lines are read last:
/// until the balances are locked, another transaction may fill them.
pub async fn lock_with_stock(
    conn: &mut AsyncPgConnection,
    id: KitId,
    more: impl IntoIterator<Item = MaterialCode>,
) -> Result<(Kit, Stock), Error> {
    let row = lock_row(conn, id).await?;
    let mut codes = lines::codes_of(conn, id).await?;
    codes.extend(more);
    let stock = stock::lock(conn, &codes).await?;
    let kit = row.with(lines::of(conn, &[id.0]).await?)?;
    Ok((kit, stock))
}

async fn lock_row(conn: &mut AsyncPgConnection, id: KitId) -> Result<KitRow, Error> {
    let row = kits::table
        .find(id.0)
        .select(KitRow::as_select())
        // Not FOR UPDATE: a movement that fills this kit refers to it. It would wait for this lock
        // while this transaction waits for its balance.
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    row.ok_or(Error::KitNotFound)
}

/// What decides which kit of an order is meant.
#[derive(Debug, Clone, Copy)]
pub struct Brief {
    pub id: KitId,
    pub worker: WorkerId,
    pub state: State,
    pub with_cookie: bool,
}

/// The kits of an order, newest first.
pub async fn of_order(conn: &mut AsyncPgConnection, order: OrderId) -> QueryResult<Vec<Brief>> {
    let rows: Vec<(Uuid, Uuid, String, bool)> = kits::table
        .filter(kits::order_id.eq(order.0))
        .order((kits::requested_at.desc(), kits::id.desc()))
        .select((kits::id, kits::worker_id, kits::state, kits::with_cookie))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(id, worker, state, with_cookie)| {
            Ok(Brief {
                id: KitId(id),
                worker: WorkerId(worker),
                state: parse(&state)?,
                with_cookie,
            })
        })
        .collect()
}
