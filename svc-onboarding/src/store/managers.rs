//! Managers, as the admin context's latest events say.

use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::managers;

/// Keeps a manager; older news than what is known changes nothing.
pub async fn put(
    conn: &mut AsyncPgConnection,
    manager: Uuid,
    version: i64,
    archived: bool,
) -> QueryResult<()> {
    diesel::insert_into(managers::table)
        .values((
            managers::manager_id.eq(manager),
            managers::version.eq(version),
            managers::archived.eq(archived),
        ))
        .on_conflict(managers::manager_id)
        .do_update()
        .set((
            managers::version.eq(excluded(managers::version)),
            managers::archived.eq(excluded(managers::archived)),
        ))
        .filter(managers::version.lt(excluded(managers::version)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a manager is known to be archived. One who isn't known yet is not: a good token says enough.
pub async fn is_archived(conn: &mut AsyncPgConnection, manager: Uuid) -> QueryResult<bool> {
    let archived: Option<bool> = managers::table
        .find(manager)
        .select(managers::archived)
        .first(conn)
        .await
        .optional()?;
    Ok(archived.unwrap_or(false))
}
