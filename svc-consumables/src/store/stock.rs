//! Tables `stock_balances` and `stock_movements` (C4).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use messaging::Events;
use uuid::Uuid;

use crate::domain::ids::MaterialCode;
use crate::domain::stock::{Change, Stock};
use crate::error::Error;
use crate::events::convert;
use crate::store::materials::{BalanceRow, MaterialRow, balance};
use crate::store::schema::{materials, stock_balances, stock_movements};

#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_movements, check_for_backend(diesel::pg::Pg))]
pub struct MovementRow {
    /// Ascending with time for one material: assigned under the lock of its balance.
    pub id: i64,
    pub material_code: String,
    pub kind: String,
    pub on_hand_change: i64,
    pub reserved_change: i64,
    pub kit_id: Option<Uuid>,
    pub reason: String,
    pub actor_role: String,
    pub actor_id: String,
    pub at: DateTime<Utc>,
}

impl messaging::Change for Change {
    type Written = ();
    type Error = Error;

    /// The balances must have been locked by [`lock`] in this transaction. A trigger applies the
    /// movements to them.
    async fn write(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let rows: Vec<_> = self
            .movements
            .iter()
            .map(|movement| {
                (
                    stock_movements::material_code.eq(&movement.material.0),
                    stock_movements::kind.eq(<&str>::from(movement.kind)),
                    stock_movements::on_hand_change.eq(movement.on_hand_change),
                    stock_movements::reserved_change.eq(movement.reserved_change),
                    stock_movements::kit_id.eq(movement.kit.map(|kit| kit.0)),
                    stock_movements::reason.eq(&self.cause.reason),
                    stock_movements::actor_role.eq(self.cause.by.role.claim()),
                    stock_movements::actor_id.eq(&self.cause.by.id),
                    stock_movements::at.eq(self.cause.at),
                )
            })
            .collect();
        if !rows.is_empty() {
            diesel::insert_into(stock_movements::table)
                .values(rows)
                .execute(conn)
                .await?;
        }
        set_low(conn, self.recovered.iter(), false).await?;
        set_low(
            conn,
            self.became_low.iter().map(|balance| &balance.material.code),
            true,
        )
        .await
    }

    fn events(&self, (): &()) -> Result<Events, Error> {
        Ok(convert::stock(self))
    }
}

async fn set_low(
    conn: &mut AsyncPgConnection,
    codes: impl Iterator<Item = &MaterialCode>,
    low: bool,
) -> Result<(), Error> {
    let codes: Vec<&str> = codes.map(|code| code.0.as_str()).collect();
    if !codes.is_empty() {
        diesel::update(stock_balances::table.filter(stock_balances::material_code.eq_any(codes)))
            .set(stock_balances::low.eq(low))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Locks the balances of these materials, sorted by code. Materials that the catalogue lacks are
/// left out.
pub async fn lock(conn: &mut AsyncPgConnection, codes: &BTreeSet<MaterialCode>) -> QueryResult<Stock> {
    let codes: Vec<&str> = codes.iter().map(|code| code.0.as_str()).collect();
    let rows: Vec<(MaterialRow, BalanceRow)> = stock_balances::table
        .inner_join(materials::table)
        .filter(stock_balances::material_code.eq_any(codes))
        .order(stock_balances::material_code)
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .for_no_key_update()
        .load(conn)
        .await?;
    let balances: QueryResult<Vec<_>> = rows.into_iter().map(balance).collect();
    Ok(Stock::new(balances?))
}

/// A page of a material's movements, newest first, from before `before`.
pub async fn movements(
    conn: &mut AsyncPgConnection,
    code: &str,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<MovementRow>> {
    stock_movements::table
        .filter(stock_movements::material_code.eq(code))
        .filter(stock_movements::id.lt(before.unwrap_or(i64::MAX)))
        .order(stock_movements::id.desc())
        .limit(limit)
        .select(MovementRow::as_select())
        .load(conn)
        .await
}
