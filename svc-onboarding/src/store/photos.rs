//! Candidates' photos. They have a table of their own, because most queries do not need them.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::corrupt;
use super::schema::photos;
use crate::domain::ids::ApplicationId;
use crate::domain::photo::Photo;

pub async fn find(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<Option<Photo>> {
    let bytes: Option<Vec<u8>> = photos::table
        .find(application.0)
        .select(photos::bytes)
        .first(conn)
        .await
        .optional()?;
    bytes.map_or(Ok(None), |bytes| Photo::check(bytes).map_err(corrupt))
}

pub async fn exists(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(photos::table.find(application.0)))
        .get_result(conn)
        .await
}

pub async fn erase(conn: &mut AsyncPgConnection, application: ApplicationId) -> QueryResult<()> {
    diesel::delete(photos::table.find(application.0))
        .execute(conn)
        .await?;
    Ok(())
}
