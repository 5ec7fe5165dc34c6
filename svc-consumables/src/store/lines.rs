//! Table `kit_lines`. A line is read and written only under the lock of its material's balance.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::{KitId, MaterialCode};
use crate::domain::kit::State;
use crate::domain::line::Line;
use crate::domain::stock::Stock;
use crate::error::Error;
use crate::store::materials::MaterialRow;
use crate::store::row::count;
use crate::store::schema::{kit_lines, kits, materials};

#[derive(Queryable, Selectable)]
#[diesel(table_name = kit_lines, check_for_backend(diesel::pg::Pg))]
struct LineRow {
    kit_id: Uuid,
    needed: i64,
    reserved: i64,
    returned: i64,
}

/// The states of a kit that is not packed: its reservations can be released for others.
const UNPACKED: [State; 2] = [State::Requested, State::Collecting];

/// The lines of these kits, sorted by kit and material.
pub async fn of(conn: &mut AsyncPgConnection, kits: &[Uuid]) -> QueryResult<Vec<Line>> {
    let rows: Vec<(LineRow, MaterialRow)> = kit_lines::table
        .inner_join(materials::table)
        .filter(kit_lines::kit_id.eq_any(kits))
        .order((kit_lines::kit_id, kit_lines::material_code))
        .select((LineRow::as_select(), MaterialRow::as_select()))
        .load(conn)
        .await?;
    rows.into_iter().map(line).collect()
}

/// The materials of a kit.
pub async fn codes_of(conn: &mut AsyncPgConnection, kit: KitId) -> QueryResult<BTreeSet<MaterialCode>> {
    let codes: Vec<String> = kit_lines::table
        .filter(kit_lines::kit_id.eq(kit.0))
        .select(kit_lines::material_code)
        .load(conn)
        .await?;
    Ok(codes.into_iter().map(MaterialCode).collect())
}

/// Inserts or updates lines.
pub async fn save(conn: &mut AsyncPgConnection, lines: &[Line]) -> QueryResult<()> {
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                kit_lines::kit_id.eq(line.kit.0),
                kit_lines::material_code.eq(&line.material.code.0),
                kit_lines::needed.eq(i64::from(line.needed)),
                kit_lines::reserved.eq(i64::from(line.reserved)),
                kit_lines::returned.eq(i64::from(line.returned)),
            )
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(kit_lines::table)
        .values(&rows)
        .on_conflict((kit_lines::kit_id, kit_lines::material_code))
        .do_update()
        .set((
            kit_lines::needed.eq(excluded(kit_lines::needed)),
            kit_lines::reserved.eq(excluded(kit_lines::reserved)),
            kit_lines::returned.eq(excluded(kit_lines::returned)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Reserves free pieces of these materials for the kits that lack them, the earliest slot first.
pub async fn fill_waiting(
    conn: &mut AsyncPgConnection,
    stock: &mut Stock,
    codes: &BTreeSet<MaterialCode>,
) -> Result<(), Error> {
    let codes: Vec<&str> = codes.iter().map(|code| code.0.as_str()).collect();
    let rows: Vec<(LineRow, MaterialRow)> = kit_lines::table
        .inner_join(kits::table)
        .inner_join(materials::table)
        .filter(kit_lines::material_code.eq_any(codes))
        .filter(kit_lines::reserved.lt(kit_lines::needed))
        .filter(kits::state.eq_any(UNPACKED.map(<&str>::from)))
        .order((kits::slot_start, kits::id, kit_lines::material_code))
        .select((LineRow::as_select(), MaterialRow::as_select()))
        .load(conn)
        .await?;
    let lines: QueryResult<Vec<Line>> = rows.into_iter().map(line).collect();
    let mut lines = lines?;
    stock.fill(&mut lines)?;
    save(conn, &lines).await?;
    Ok(())
}

/// The lines of kits that are not packed yet and have reserved this material, the latest slot
/// first: those kits can wait best.
pub async fn claims(conn: &mut AsyncPgConnection, code: &MaterialCode) -> QueryResult<Vec<Line>> {
    let rows: Vec<(LineRow, MaterialRow)> = kit_lines::table
        .inner_join(kits::table)
        .inner_join(materials::table)
        .filter(kit_lines::material_code.eq(&code.0))
        .filter(kit_lines::reserved.gt(0))
        .filter(kits::state.eq_any(UNPACKED.map(<&str>::from)))
        .order((kits::slot_start.desc(), kits::id.desc()))
        .select((LineRow::as_select(), MaterialRow::as_select()))
        .load(conn)
        .await?;
    rows.into_iter().map(line).collect()
}

fn line((row, material): (LineRow, MaterialRow)) -> QueryResult<Line> {
    Ok(Line {
        kit: KitId(row.kit_id),
        material: material.try_into()?,
        needed: count(row.needed)?,
        reserved: count(row.reserved)?,
        returned: count(row.returned)?,
    })
}
