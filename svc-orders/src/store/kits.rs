//! Table `kits`: kits, reflected from svc-consumables' events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::row;
use super::schema::kits;
use crate::Error;
use crate::domain::ids::OrderId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    pub id: Uuid,
    pub order: OrderId,
    pub state: KitState,
    /// Grows with every change of the kit in svc-consumables.
    pub version: i64,
    pub changed_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum KitState {
    Requested,
    /// An employee collects the materials.
    Collecting,
    /// The worker can fetch it.
    Ready,
    Issued,
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

/// Records the kit, unless a newer version is recorded already.
pub async fn record(conn: &mut AsyncPgConnection, kit: &Kit) -> Result<(), Error> {
    let row = KitRow {
        id: kit.id,
        order_id: kit.order.0,
        state: <&str>::from(kit.state).to_owned(),
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

impl TryFrom<KitRow> for Kit {
    type Error = Error;

    fn try_from(row: KitRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            order: OrderId(row.order_id),
            state: row::parse("kit state", &row.state)?,
            version: row.version,
            changed_at: row.changed_at,
        })
    }
}
