//! Balances and movements (C4).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::MaterialCode;
use crate::domain::stock::{Kind, Stock};
use crate::events::publish;
use crate::store::materials::{BalanceRow, MaterialRow, stocked};
use crate::store::schema::{material, stock_balance, stock_movement};

/// Who moved pieces, when and why.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in words.
    pub reason: String,
}

/// A movement as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = stock_movement)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct MovementRow {
    /// Ascending with time for one material: given under the balance's lock.
    pub id: i64,
    /// The material.
    pub material_code: String,
    /// A [`Kind`]'s word.
    pub kind: String,
    /// Change of the pieces in the building.
    pub on_hand_change: i64,
    /// Change of the pieces set aside.
    pub reserved_change: i64,
    /// For which kit.
    pub kit_id: Option<Uuid>,
    /// Why, in words.
    pub reason: String,
    /// A number of `artel.access.v1.Role`.
    pub actor_role: i32,
    /// The actor's subject.
    pub actor_id: String,
    /// When.
    pub at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = stock_movement)]
struct NewMovementRow<'a> {
    material_code: &'a str,
    kind: &'static str,
    on_hand_change: i64,
    reserved_change: i64,
    kit_id: Option<Uuid>,
    reason: &'a str,
    actor_role: i32,
    actor_id: &'a str,
    at: DateTime<Utc>,
}

/// The word by which a kind of movement is stored.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Receipt => "receipt",
        Kind::Reservation => "reservation",
        Kind::Release => "release",
        Kind::Issue => "issue",
        Kind::Return => "return",
        Kind::WriteOff => "write_off",
        Kind::Correction => "correction",
    }
}

/// Locks the balances of these materials, in the sequence of their codes. What isn't in the catalogue is left out.
pub async fn lock(conn: &mut AsyncPgConnection, codes: &BTreeSet<MaterialCode>) -> QueryResult<Stock> {
    let codes: Vec<&str> = codes.iter().map(|code| code.0.as_str()).collect();
    // Not FOR UPDATE: a movement's foreign keys must not wait for it.
    let rows: Vec<(MaterialRow, BalanceRow)> = stock_balance::table
        .inner_join(material::table)
        .filter(stock_balance::material_code.eq_any(codes))
        .order(stock_balance::material_code)
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .for_no_key_update()
        .load(conn)
        .await?;
    let balances: QueryResult<Vec<_>> = rows.into_iter().map(|row| Ok(stocked(row)?.balance)).collect();
    Ok(Stock::new(balances?))
}

/// Writes what moved, and announces what has become low. The balances follow the movements by a trigger.
pub async fn save(conn: &mut AsyncPgConnection, stock: Stock, cause: &Cause) -> QueryResult<()> {
    let changes = stock.finish();
    let rows: Vec<NewMovementRow<'_>> = changes
        .movements
        .iter()
        .map(|movement| NewMovementRow {
            material_code: &movement.material.0,
            kind: word(movement.kind),
            on_hand_change: movement.on_hand,
            reserved_change: movement.reserved,
            kit_id: movement.kit.map(|kit| kit.0),
            reason: &cause.reason,
            actor_role: cause.by.role,
            actor_id: &cause.by.id,
            at: cause.at,
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(stock_movement::table)
            .values(&rows)
            .execute(conn)
            .await?;
    }
    set_low(conn, changes.recovered.iter(), false).await?;
    set_low(
        conn,
        changes.became_low.iter().map(|balance| &balance.material),
        true,
    )
    .await?;
    publish::stock_low(conn, &changes.became_low, cause.at).await
}

async fn set_low(
    conn: &mut AsyncPgConnection,
    codes: impl Iterator<Item = &MaterialCode>,
    low: bool,
) -> QueryResult<()> {
    let codes: Vec<&str> = codes.map(|code| code.0.as_str()).collect();
    if codes.is_empty() {
        return Ok(());
    }
    diesel::update(stock_balance::table.filter(stock_balance::material_code.eq_any(codes)))
        .set(stock_balance::low.eq(low))
        .execute(conn)
        .await?;
    Ok(())
}

/// A page of a material's movements, newest first, below `before`.
pub async fn movements(
    conn: &mut AsyncPgConnection,
    code: &str,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<MovementRow>> {
    stock_movement::table
        .filter(stock_movement::material_code.eq(code))
        .filter(stock_movement::id.lt(before.unwrap_or(i64::MAX)))
        .order(stock_movement::id.desc())
        .limit(limit)
        .select(MovementRow::as_select())
        .load(conn)
        .await
}
