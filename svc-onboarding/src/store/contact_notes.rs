//! That managers were in touch with a candidate.

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::contact_notes;

/// A note.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contact_notes)]
pub struct ContactNote {
    /// What the manager wrote.
    pub text: String,
    /// In which role.
    pub by_role: i32,
    /// Who.
    pub by_id: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Adds a note.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: Uuid,
    text: &str,
    by: &Actor,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(contact_notes::table)
        .values((
            contact_notes::application_id.eq(application),
            contact_notes::text.eq(text),
            contact_notes::by_role.eq(by.role),
            contact_notes::by_id.eq(&by.id),
            contact_notes::at.eq(at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// An application's notes, the oldest first; at most the first 200.
pub async fn list(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<Vec<ContactNote>> {
    contact_notes::table
        .filter(contact_notes::application_id.eq(application))
        .order(contact_notes::contact_note_id)
        .limit(200)
        .select(ContactNote::as_select())
        .load(conn)
        .await
}

/// Erases them: managers write about people.
pub async fn erase(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<()> {
    diesel::delete(contact_notes::table.filter(contact_notes::application_id.eq(application)))
        .execute(conn)
        .await?;
    Ok(())
}
