//! The audit log (rule A5): written with the change itself, never edited.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::audit_entries;
use crate::domain::Actor;

/// A line of the log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_entries, check_for_backend(diesel::pg::Pg))]
pub struct AuditEntry {
    /// Ascending.
    pub audit_entry_id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as what.
    pub by_role: String,
    /// Who.
    pub by_id: String,
    /// Such as `service_type.update`.
    pub what: String,
    /// What was changed.
    pub subject_id: Uuid,
    /// How it was; nothing if it wasn't.
    pub before: Option<serde_json::Value>,
    /// How it is.
    pub after: serde_json::Value,
}

/// A change, to be written down.
pub(super) struct Change<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) by: &'a Actor,
    /// Such as `service_type.update`.
    pub(super) what: &'a str,
    pub(super) subject_id: Uuid,
    /// Nothing where it wasn't there before.
    pub(super) before: Option<serde_json::Value>,
    pub(super) after: serde_json::Value,
}

/// Writes a line. Only the stores do: with the change, never beside it.
pub(super) async fn write(conn: &mut AsyncPgConnection, change: Change<'_>) -> QueryResult<()> {
    diesel::insert_into(audit_entries::table)
        .values((
            audit_entries::at.eq(change.at),
            audit_entries::by_role.eq(&change.by.role),
            audit_entries::by_id.eq(&change.by.id),
            audit_entries::what.eq(change.what),
            audit_entries::subject_id.eq(change.subject_id),
            audit_entries::before.eq(change.before),
            audit_entries::after.eq(change.after),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Lines of all subjects or one, newest first, those before `after`.
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
