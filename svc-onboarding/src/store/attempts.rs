//! Attempts. A transaction that changes an attempt must have locked its application.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::schema::attempts;
use super::{answers, from_json, to_json};
use crate::domain::attempt::Attempt;
use crate::domain::ids::ApplicationId;

type Row = (Value, Value, Option<DateTime<Utc>>);

/// Loads the attempt of an application, with its answers.
pub async fn find(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<Option<Attempt>> {
    let row: Option<Row> = attempts::table
        .find(application.0)
        .select((attempts::test_set, attempts::sittings, attempts::closed_at))
        .first(conn)
        .await
        .optional()?;
    let Some((test_set, sittings, closed_at)) = row else {
        return Ok(None);
    };
    Ok(Some(Attempt {
        application,
        test_set: from_json(test_set)?,
        sittings: from_json(sittings)?,
        answers: answers::of(conn, application).await?,
        closed_at,
    }))
}

/// Replaces the application's attempt by a new one, after a test set was assigned.
pub async fn replace(conn: &mut AsyncPgConnection, attempt: &Attempt) -> QueryResult<()> {
    erase(conn, attempt.application).await?;
    diesel::insert_into(attempts::table)
        .values((
            attempts::application_id.eq(attempt.application.0),
            attempts::test_set.eq(to_json(&attempt.test_set)?),
            attempts::sittings.eq(to_json(&attempt.sittings)?),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Saves the progress of an attempt. [`answers`] saves its answers one by one.
pub async fn save(conn: &mut AsyncPgConnection, attempt: &Attempt) -> QueryResult<()> {
    diesel::update(attempts::table.find(attempt.application.0))
        .set((
            attempts::sittings.eq(to_json(&attempt.sittings)?),
            attempts::closed_at.eq(attempt.closed_at),
            attempts::deadline.eq(attempt.deadline()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes the attempt with its answers.
pub async fn erase(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<()> {
    diesel::delete(attempts::table.find(application.0))
        .execute(conn)
        .await?;
    Ok(())
}
