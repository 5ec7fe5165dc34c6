//! The audit log (rule A5). A line is written with the change itself and is never edited.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::audit_entries;
use crate::domain::Actor;

/// A line of the log, as it was read.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_entries, check_for_backend(diesel::pg::Pg))]
pub struct AuditEntry {
    pub audit_entry_id: i64,
    pub at: DateTime<Utc>,
    pub actor_role: String,
    pub actor_id: String,
    /// Such as `service_type.update`.
    pub what: String,
    /// The id of the changed object.
    pub subject_id: Uuid,
    /// `None` for a new object.
    pub before: Option<serde_json::Value>,
    pub after: serde_json::Value,
}

/// A line of the log, to be written.
pub(super) struct Line<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) by: &'a Actor,
    /// Such as `service_type.update`.
    pub(super) what: &'a str,
    pub(super) subject_id: Uuid,
    /// `None` for a new object.
    pub(super) before: Option<serde_json::Value>,
    pub(super) after: serde_json::Value,
}

/// Writes a line, in the transaction of the change.
pub(super) async fn write(conn: &mut AsyncPgConnection, line: Line<'_>) -> QueryResult<()> {
    diesel::insert_into(audit_entries::table)
        .values((
            audit_entries::at.eq(line.at),
            audit_entries::actor_role.eq(line.by.role.claim()),
            audit_entries::actor_id.eq(&line.by.id),
            audit_entries::what.eq(line.what),
            audit_entries::subject_id.eq(line.subject_id),
            audit_entries::before.eq(line.before),
            audit_entries::after.eq(line.after),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Lines about all objects or one, newest first, starting after the id `after`.
pub async fn list(
    conn: &mut AsyncPgConnection,
    subject_id: Option<Uuid>,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<AuditEntry>> {
    let mut query = audit_entries::table.select(AuditEntry::as_select()).into_boxed();
    if let Some(subject_id) = subject_id {
        query = query.filter(audit_entries::subject_id.eq(subject_id));
    }
    if let Some(after) = after {
        query = query.filter(audit_entries::audit_entry_id.lt(after));
    }
    query
        .order(audit_entries::audit_entry_id.desc())
        .limit(limit)
        .load(conn)
        .await
}
