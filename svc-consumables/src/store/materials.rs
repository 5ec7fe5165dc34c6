//! The catalogue of materials. Every material has a balance from its first moment.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::ids::MaterialCode;
use crate::domain::stock::Balance;
use crate::store::numbers::count;
use crate::store::schema::{material, stock_balance};

/// A material as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = material)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct MaterialRow {
    /// What service types name it by.
    pub code: String,
    /// How people call it.
    pub name: String,
    /// What one piece is.
    pub unit: String,
    /// Fewer free pieces are low stock.
    pub low_level: i64,
}

/// A balance as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = stock_balance)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct BalanceRow {
    /// The material.
    pub material_code: String,
    /// In the building.
    pub on_hand: i64,
    /// Set aside.
    pub reserved: i64,
    /// Announced as low.
    pub low: bool,
}

/// A material with its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stocked {
    /// The material.
    pub material: MaterialRow,
    /// Its stock.
    pub balance: Balance,
}

/// Puts a row and its balance together.
pub fn stocked((material, row): (MaterialRow, BalanceRow)) -> QueryResult<Stocked> {
    let balance = Balance {
        material: MaterialCode(row.material_code),
        on_hand: count(row.on_hand)?,
        reserved: count(row.reserved)?,
        low_level: count(material.low_level)?,
        low: row.low,
    };
    Ok(Stocked { material, balance })
}

/// Adds a material with nothing in stock; `false` if the code is taken.
pub async fn insert(conn: &mut AsyncPgConnection, row: &MaterialRow) -> QueryResult<bool> {
    let inserted = diesel::insert_into(material::table)
        .values(row)
        .on_conflict(material::code)
        .do_nothing()
        .execute(conn)
        .await?;
    diesel::insert_into(stock_balance::table)
        .values(stock_balance::material_code.eq(&row.code))
        .on_conflict(stock_balance::material_code)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Makes sure that every code is in the catalogue. A service type can name a material before the department has heard of
/// it; the order must not wait for that, so it appears under its code, with nothing in stock.
pub async fn ensure(conn: &mut AsyncPgConnection, codes: &BTreeSet<MaterialCode>) -> QueryResult<()> {
    for code in codes {
        let row = MaterialRow {
            code: code.0.clone(),
            name: code.0.clone(),
            unit: "piece".to_owned(),
            low_level: 0,
        };
        insert(conn, &row).await?;
    }
    Ok(())
}

/// Changes a material's name, unit and threshold; `false` if there is no such material.
pub async fn update(conn: &mut AsyncPgConnection, row: &MaterialRow) -> QueryResult<bool> {
    let updated = diesel::update(material::table.find(&row.code))
        .set((
            material::name.eq(&row.name),
            material::unit.eq(&row.unit),
            material::low_level.eq(row.low_level),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// One material with its stock.
pub async fn find(conn: &mut AsyncPgConnection, code: &str) -> QueryResult<Option<Stocked>> {
    material::table
        .inner_join(stock_balance::table)
        .filter(material::code.eq(code))
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .first(conn)
        .await
        .optional()?
        .map(stocked)
        .transpose()
}

/// These materials, by code; what isn't known is left out.
pub async fn named(
    conn: &mut AsyncPgConnection,
    codes: impl IntoIterator<Item = &MaterialCode>,
) -> QueryResult<BTreeMap<MaterialCode, MaterialRow>> {
    let codes: BTreeSet<&str> = codes.into_iter().map(|code| code.0.as_str()).collect();
    let rows: Vec<MaterialRow> = material::table
        .filter(material::code.eq_any(codes))
        .select(MaterialRow::as_select())
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (MaterialCode(row.code.clone()), row))
        .collect())
}

/// A page of the catalogue, by code.
pub async fn list(
    conn: &mut AsyncPgConnection,
    low_only: bool,
    after: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Stocked>> {
    let mut query = material::table
        .inner_join(stock_balance::table)
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .order(material::code)
        .limit(limit)
        .into_boxed();
    if low_only {
        query = query.filter(stock_balance::low);
    }
    if let Some(code) = after {
        query = query.filter(material::code.gt(code));
    }
    let rows: Vec<(MaterialRow, BalanceRow)> = query.load(conn).await?;
    rows.into_iter().map(stocked).collect()
}
