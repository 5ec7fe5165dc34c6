//! Candidates' photos, apart from their applications: most reads don't need them.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::corrupt;
use super::schema::photos;
use crate::domain::photo::Photo;

/// The candidate's photo.
pub async fn find(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<Option<Photo>> {
    let bytes: Option<Vec<u8>> = photos::table
        .find(application)
        .select(photos::bytes)
        .first(conn)
        .await
        .optional()?;
    bytes.map_or(Ok(None), |bytes| Photo::check(bytes).map_err(corrupt))
}

/// Whether there is one.
pub async fn is_there(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(photos::table.find(application)))
        .get_result(conn)
        .await
}

/// Erases it.
pub async fn erase(conn: &mut AsyncPgConnection, application: Uuid) -> QueryResult<()> {
    diesel::delete(photos::table.find(application))
        .execute(conn)
        .await?;
    Ok(())
}
