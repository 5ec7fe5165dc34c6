//! Notes of managers about their contacts with a candidate.

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::contact_notes;
use crate::domain::ids::ApplicationId;

/// How many notes of an application [`list`] returns at most.
const MAX_NOTES: i64 = 200;

#[derive(Debug, Clone)]
pub struct ContactNote {
    pub text: String,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: ApplicationId,
    note: &ContactNote,
) -> QueryResult<()> {
    diesel::insert_into(contact_notes::table)
        .values((
            contact_notes::application_id.eq(application.0),
            contact_notes::text.eq(&note.text),
            contact_notes::actor_role.eq(note.by.role.claim()),
            contact_notes::actor_id.eq(&note.by.id),
            contact_notes::at.eq(note.at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// An application's first notes, the oldest first.
pub async fn list(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<Vec<ContactNote>> {
    let rows: Vec<(String, String, String, DateTime<Utc>)> = contact_notes::table
        .filter(contact_notes::application_id.eq(application.0))
        .order(contact_notes::contact_note_id)
        .limit(MAX_NOTES)
        .select((
            contact_notes::text,
            contact_notes::actor_role,
            contact_notes::actor_id,
            contact_notes::at,
        ))
        .load(conn)
        .await?;
    let notes = rows.into_iter().map(|(text, role, id, at)| ContactNote {
        text,
        by: Actor::stored(&role, id),
        at,
    });
    Ok(notes.collect())
}

/// Deletes the notes, because they describe the candidate.
pub async fn erase(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<()> {
    diesel::delete(contact_notes::table.filter(contact_notes::application_id.eq(application.0)))
        .execute(conn)
        .await?;
    Ok(())
}
