//! Tables `materials` and `stock_balances`. Every material has a balance from its creation on.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::ids::MaterialCode;
use crate::domain::material::Material;
use crate::domain::stock::Balance;
use crate::error::Error;
use crate::store::row::count;
use crate::store::schema::{materials, stock_balances};

#[derive(Queryable, Selectable)]
#[diesel(table_name = materials, check_for_backend(diesel::pg::Pg))]
pub(super) struct MaterialRow {
    code: String,
    name: String,
    unit: String,
    low_level: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_balances, check_for_backend(diesel::pg::Pg))]
pub(super) struct BalanceRow {
    on_hand: i64,
    reserved: i64,
    low: bool,
}

impl TryFrom<MaterialRow> for Material {
    type Error = diesel::result::Error;

    fn try_from(row: MaterialRow) -> QueryResult<Self> {
        Ok(Self {
            code: MaterialCode(row.code),
            name: row.name,
            unit: row.unit,
            low_level: count(row.low_level)?,
        })
    }
}

pub(super) fn balance((material, row): (MaterialRow, BalanceRow)) -> QueryResult<Balance> {
    Ok(Balance {
        material: material.try_into()?,
        on_hand: count(row.on_hand)?,
        reserved: count(row.reserved)?,
        low: row.low,
    })
}

/// Adds materials with nothing in stock. Returns how many of the codes were free.
pub async fn insert(conn: &mut AsyncPgConnection, new: &[Material]) -> QueryResult<usize> {
    let rows: Vec<_> = new
        .iter()
        .map(|material| {
            (
                materials::code.eq(&material.code.0),
                materials::name.eq(&material.name),
                materials::unit.eq(&material.unit),
                materials::low_level.eq(i64::from(material.low_level)),
            )
        })
        .collect();
    let inserted = diesel::insert_into(materials::table)
        .values(rows)
        .on_conflict(materials::code)
        .do_nothing()
        .execute(conn)
        .await?;
    let balances: Vec<_> = new
        .iter()
        .map(|material| stock_balances::material_code.eq(&material.code.0))
        .collect();
    diesel::insert_into(stock_balances::table)
        .values(balances)
        .on_conflict(stock_balances::material_code)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted)
}

/// Changes a material's name, unit and low level. `false` if the material does not exist.
pub async fn update(conn: &mut AsyncPgConnection, material: &Material) -> QueryResult<bool> {
    let updated = diesel::update(materials::table.find(&material.code.0))
        .set((
            materials::name.eq(&material.name),
            materials::unit.eq(&material.unit),
            materials::low_level.eq(i64::from(material.low_level)),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

pub async fn get(conn: &mut AsyncPgConnection, code: &MaterialCode) -> Result<Balance, Error> {
    let row: Option<(MaterialRow, BalanceRow)> = materials::table
        .inner_join(stock_balances::table)
        .filter(materials::code.eq(&code.0))
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .first(conn)
        .await
        .optional()?;
    Ok(balance(
        row.ok_or_else(|| Error::MaterialNotFound(code.clone()))?,
    )?)
}

/// The materials of these quantities.
///
/// # Errors
/// [`Error::MaterialNotFound`] if the catalogue lacks one of them.
pub async fn find_all(
    conn: &mut AsyncPgConnection,
    quantities: &[(MaterialCode, u32)],
) -> Result<Vec<(Material, u32)>, Error> {
    let codes: Vec<&str> = quantities.iter().map(|(code, _)| code.0.as_str()).collect();
    let rows: Vec<MaterialRow> = materials::table
        .filter(materials::code.eq_any(codes))
        .select(MaterialRow::as_select())
        .load(conn)
        .await?;
    let found: QueryResult<Vec<Material>> = rows.into_iter().map(Material::try_from).collect();
    let found = found?;
    quantities
        .iter()
        .map(|(code, pieces)| {
            let material = found.iter().find(|material| material.code == *code);
            let material = material.ok_or_else(|| Error::MaterialNotFound(code.clone()))?;
            Ok((material.clone(), *pieces))
        })
        .collect()
}

/// The materials of these quantities. Those that the catalogue lacks are created under their codes,
/// with nothing in stock: a service type can name a material before the department has created it,
/// and the order must not wait for that.
pub async fn get_or_create(
    conn: &mut AsyncPgConnection,
    quantities: &[(MaterialCode, u32)],
) -> Result<Vec<(Material, u32)>, Error> {
    match find_all(conn, quantities).await {
        Err(Error::MaterialNotFound(_)) => {
            // Sorted, because two transactions that insert the same codes in different order would
            // deadlock. Existing materials stay as they are.
            let codes: BTreeSet<&MaterialCode> = quantities.iter().map(|(code, _)| code).collect();
            let new: Vec<Material> = codes.into_iter().cloned().map(Material::unnamed).collect();
            insert(conn, &new).await?;
            find_all(conn, quantities).await
        }
        found => found,
    }
}

/// A page of the catalogue by code, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    low_only: bool,
    after: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Balance>> {
    let mut query = materials::table
        .inner_join(stock_balances::table)
        .select((MaterialRow::as_select(), BalanceRow::as_select()))
        .order(materials::code)
        .limit(limit)
        .into_boxed();
    if low_only {
        query = query.filter(stock_balances::low);
    }
    if let Some(code) = after {
        query = query.filter(materials::code.gt(code));
    }
    let rows: Vec<(MaterialRow, BalanceRow)> = query.load(conn).await?;
    rows.into_iter().map(balance).collect()
}
