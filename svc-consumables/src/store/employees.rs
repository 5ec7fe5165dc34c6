//! Employees.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::ids::EmployeeId;
use crate::store::schema::employee;

/// An employee as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = employee)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct EmployeeRow {
    /// The subject of the employee's tokens.
    pub id: Uuid,
    /// How they are called.
    pub name: String,
    /// Inactive employees can do nothing.
    pub active: bool,
    /// When they became one.
    pub registered_at: DateTime<Utc>,
}

/// Where a page of employees begins: after this one, newest first.
pub type After = (DateTime<Utc>, Uuid);

/// Adds an employee; `false` if there is one with this id.
pub async fn insert(conn: &mut AsyncPgConnection, row: &EmployeeRow) -> QueryResult<bool> {
    let inserted = diesel::insert_into(employee::table)
        .values(row)
        .on_conflict(employee::id)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Renames, deactivates or reactivates an employee.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: EmployeeId,
    name: &str,
    active: bool,
) -> QueryResult<Option<EmployeeRow>> {
    diesel::update(employee::table.find(id.0))
        .set((employee::name.eq(name), employee::active.eq(active)))
        .returning(EmployeeRow::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Whether there is such an employee and they are active.
pub async fn is_active(conn: &mut AsyncPgConnection, id: EmployeeId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        employee::table.find(id.0).filter(employee::active),
    ))
    .get_result(conn)
    .await
}

/// A page of employees, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    active_only: bool,
    after: Option<After>,
    limit: i64,
) -> QueryResult<Vec<EmployeeRow>> {
    let mut query = employee::table
        .select(EmployeeRow::as_select())
        .order((employee::registered_at.desc(), employee::id.desc()))
        .limit(limit)
        .into_boxed();
    if active_only {
        query = query.filter(employee::active);
    }
    if let Some((at, id)) = after {
        query = query.filter(
            employee::registered_at
                .lt(at)
                .or(employee::registered_at.eq(at).and(employee::id.lt(id))),
        );
    }
    query.load(conn).await
}
