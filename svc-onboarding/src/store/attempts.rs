//! Attempts. The application's row is locked first by whoever changes one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::schema::attempts;
use super::{answers, from_json, to_json};
use crate::domain::attempt::Attempt;

type Row = (Value, Value, Option<DateTime<Utc>>);

/// The attempt of an application, with its answers.
pub async fn find(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<Option<Attempt>> {
    let row: Option<Row> = attempts::table
        .find(application)
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

/// Starts over with a fresh attempt: tests were assigned.
pub async fn replace(conn: &mut AsyncPgConnection, attempt: &Attempt) -> QueryResult<()> {
    erase(conn, attempt.application).await?;
    diesel::insert_into(attempts::table)
        .values((
            attempts::application_id.eq(attempt.application),
            attempts::test_set.eq(to_json(&attempt.test_set)?),
            attempts::sittings.eq(to_json(&attempt.sittings)?),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Saves how far the candidate has come. Answers are saved one by one, see [`answers`].
pub async fn save(conn: &mut AsyncPgConnection, attempt: &Attempt) -> QueryResult<()> {
    diesel::update(attempts::table.find(attempt.application))
        .set((
            attempts::sittings.eq(to_json(&attempt.sittings)?),
            attempts::closed_at.eq(attempt.closed_at),
            attempts::deadline.eq(attempt.deadline()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Erases the attempt with its answers.
pub async fn erase(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<()> {
    diesel::delete(attempts::table.find(application))
        .execute(conn)
        .await?;
    Ok(())
}
