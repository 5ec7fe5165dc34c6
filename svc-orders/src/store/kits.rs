//! Table `kits`: consumables' kits, as heard.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::row;
use super::schema::kits;
use crate::Error;
use crate::domain::id::OrderId;

/// A kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    /// Which one.
    pub id: Uuid,
    /// For which order.
    pub order: OrderId,
    /// Where it stands.
    pub state: KitState,
    /// Consumables' count of its changes.
    pub version: i64,
    /// Since when.
    pub changed_at: DateTime<Utc>,
}

/// Where a kit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitState {
    /// To be collected.
    Requested,
    /// Somebody collects it.
    Collecting,
    /// The worker may fetch it.
    Ready,
    /// The worker has it.
    Issued,
    /// Not needed any more.
    Cancelled,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = kits, check_for_backend(diesel::pg::Pg))]
struct KitRow {
    id: Uuid,
    order_id: Uuid,
    state: String,
    version: i64,
    changed_at: DateTime<Utc>,
}

/// Keeps the newest: an older version after a newer one changes nothing.
pub async fn keep(conn: &mut AsyncPgConnection, kit: &Kit) -> Result<(), Error> {
    let row = KitRow {
        id: kit.id,
        order_id: kit.order.0,
        state: kit.state.name().to_owned(),
        version: kit.version,
        changed_at: kit.changed_at,
    };
    let upsert = diesel::insert_into(kits::table)
        .values(row)
        .on_conflict(kits::id)
        .do_update()
        .set((
            kits::state.eq(excluded(kits::state)),
            kits::version.eq(excluded(kits::version)),
            kits::changed_at.eq(excluded(kits::changed_at)),
        ));
    diesel::query_dsl::methods::FilterDsl::filter(upsert, kits::version.lt(excluded(kits::version)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The kits of these orders, newest first.
pub async fn of_orders(mut conn: &AsyncPgConnection, orders: &[OrderId]) -> Result<Vec<Kit>, Error> {
    let orders: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows: Vec<KitRow> = kits::table
        .filter(kits::order_id.eq_any(orders))
        .order((kits::changed_at.desc(), kits::id.desc()))
        .select(KitRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(Kit::try_from).collect()
}

impl KitState {
    const ALL: [Self; 5] = [
        Self::Requested,
        Self::Collecting,
        Self::Ready,
        Self::Issued,
        Self::Cancelled,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Collecting => "collecting",
            Self::Ready => "ready",
            Self::Issued => "issued",
            Self::Cancelled => "cancelled",
        }
    }
}

impl TryFrom<KitRow> for Kit {
    type Error = Error;

    fn try_from(row: KitRow) -> Result<Self, Error> {
        let state = KitState::ALL.into_iter().find(|state| state.name() == row.state);
        Ok(Self {
            id: row.id,
            order: OrderId(row.order_id),
            state: state.ok_or_else(|| row::corrupt("kit state", &row.state))?,
            version: row.version,
            changed_at: row.changed_at,
        })
    }
}
