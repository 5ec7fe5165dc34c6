//! Table `employees`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::EmployeeId;
use crate::store::schema::employees;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = employees, check_for_backend(diesel::pg::Pg))]
pub struct EmployeeRow {
    pub id: Uuid,
    pub name: String,
    pub active: bool,
    pub registered_at: DateTime<Utc>,
}

/// Adds an employee. `false` if the id is taken.
pub async fn insert(conn: &mut AsyncPgConnection, row: &EmployeeRow) -> QueryResult<bool> {
    let inserted = diesel::insert_into(employees::table)
        .values(row)
        .on_conflict(employees::id)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Renames, deactivates or reactivates an employee. `None` if the employee does not exist.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: EmployeeId,
    name: &str,
    active: bool,
) -> QueryResult<Option<EmployeeRow>> {
    diesel::update(employees::table.find(id.0))
        .set((employees::name.eq(name), employees::active.eq(active)))
        .returning(EmployeeRow::as_returning())
        .get_result(conn)
        .await
        .optional()
}

pub async fn is_active(conn: &mut AsyncPgConnection, id: EmployeeId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        employees::table.find(id.0).filter(employees::active),
    ))
    .get_result(conn)
    .await
}

/// A page of employees, newest first, from after `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    active_only: bool,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<EmployeeRow>> {
    let mut query = employees::table
        .select(EmployeeRow::as_select())
        .order((employees::registered_at.desc(), employees::id.desc()))
        .limit(limit)
        .into_boxed();
    if active_only {
        query = query.filter(employees::active);
    }
    if let Some((at, id)) = after {
        query = query.filter(
            employees::registered_at
                .lt(at)
                .or(employees::registered_at.eq(at).and(employees::id.lt(id))),
        );
    }
    query.load(conn).await
}
