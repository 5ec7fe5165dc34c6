//! What kits hold. Read and written only under the balance lock of the material.

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
use crate::store::numbers::count;
use crate::store::schema::{kit, kit_line};

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = kit_line)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct LineRow {
    /// The kit.
    pub kit_id: Uuid,
    /// The material.
    pub material_code: String,
    /// Pieces needed.
    pub needed: i64,
    /// Pieces set aside or issued.
    pub reserved: i64,
    /// Pieces brought back.
    pub returned: i64,
}

impl TryFrom<LineRow> for Line {
    type Error = diesel::result::Error;

    fn try_from(row: LineRow) -> QueryResult<Self> {
        Ok(Self {
            kit: KitId(row.kit_id),
            material: MaterialCode(row.material_code),
            needed: count(row.needed)?,
            reserved: count(row.reserved)?,
            returned: count(row.returned)?,
        })
    }
}

/// The lines of these kits, by material.
pub async fn of(conn: &mut AsyncPgConnection, kits: &[Uuid]) -> QueryResult<Vec<Line>> {
    let rows: Vec<LineRow> = kit_line::table
        .filter(kit_line::kit_id.eq_any(kits))
        .order((kit_line::kit_id, kit_line::material_code))
        .select(LineRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Line::try_from).collect()
}

/// The materials of a kit.
pub async fn codes_of(conn: &mut AsyncPgConnection, kit: KitId) -> QueryResult<BTreeSet<MaterialCode>> {
    let codes: Vec<String> = kit_line::table
        .filter(kit_line::kit_id.eq(kit.0))
        .select(kit_line::material_code)
        .load(conn)
        .await?;
    Ok(codes.into_iter().map(MaterialCode).collect())
}

/// Writes lines, new ones and changed ones.
pub async fn save(conn: &mut AsyncPgConnection, lines: &[Line]) -> QueryResult<()> {
    let rows: Vec<LineRow> = lines
        .iter()
        .map(|line| LineRow {
            kit_id: line.kit.0,
            material_code: line.material.0.clone(),
            needed: i64::from(line.needed),
            reserved: i64::from(line.reserved),
            returned: i64::from(line.returned),
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(kit_line::table)
        .values(&rows)
        .on_conflict((kit_line::kit_id, kit_line::material_code))
        .do_update()
        .set((
            kit_line::needed.eq(excluded(kit_line::needed)),
            kit_line::reserved.eq(excluded(kit_line::reserved)),
            kit_line::returned.eq(excluded(kit_line::returned)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives what is free of these materials to the kits that lack it, the earliest slot first.
pub async fn fill_waiting(
    conn: &mut AsyncPgConnection,
    stock: &mut Stock,
    codes: &BTreeSet<MaterialCode>,
) -> Result<(), Error> {
    let codes: Vec<&str> = codes.iter().map(|code| code.0.as_str()).collect();
    let rows: Vec<LineRow> = kit_line::table
        .inner_join(kit::table)
        .filter(kit_line::material_code.eq_any(codes))
        .filter(kit_line::reserved.lt(kit_line::needed))
        .filter(kit::state.eq_any(unpacked()))
        .order((kit::slot_start, kit::id, kit_line::material_code))
        .select(LineRow::as_select())
        .load(conn)
        .await?;
    let mut lines = read(rows)?;
    stock.fill(&mut lines)?;
    save(conn, &lines).await?;
    Ok(())
}

/// What kits that aren't packed yet have set aside of a material, the latest slot first: those can best wait.
pub async fn claims(conn: &mut AsyncPgConnection, code: &MaterialCode) -> QueryResult<Vec<Line>> {
    let rows: Vec<LineRow> = kit_line::table
        .inner_join(kit::table)
        .filter(kit_line::material_code.eq(&code.0))
        .filter(kit_line::reserved.gt(0))
        .filter(kit::state.eq_any(unpacked()))
        .order((kit::slot_start.desc(), kit::id.desc()))
        .select(LineRow::as_select())
        .load(conn)
        .await?;
    read(rows)
}

fn unpacked() -> [&'static str; 2] {
    [State::Requested.word(), State::Collecting.word()]
}

fn read(rows: Vec<LineRow>) -> QueryResult<Vec<Line>> {
    rows.into_iter().map(Line::try_from).collect()
}
