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

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct NewAuditEntry<'a> {
    at: DateTime<Utc>,
    by_role: &'a str,
    by_id: &'a str,
    what: &'a str,
    subject_id: Uuid,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
}

/// Writes a line.
pub async fn write(
    conn: &mut AsyncPgConnection,
    at: DateTime<Utc>,
    by: &Actor,
    what: &str,
    subject_id: Uuid,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
) -> QueryResult<()> {
    let row = NewAuditEntry {
        at,
        by_role: &by.role,
        by_id: &by.id,
        what,
        subject_id,
        before,
        after,
    };
    diesel::insert_into(audit_entries::table)
        .values(row)
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
