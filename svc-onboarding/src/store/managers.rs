//! Managers, as the latest events of the admin context describe them.

use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl as _;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::managers;
use crate::domain::ids::ManagerId;

/// Stores a manager, unless a later version is stored.
pub async fn put(
    conn: &mut AsyncPgConnection,
    manager: ManagerId,
    version: i64,
    archived: bool,
) -> QueryResult<()> {
    diesel::insert_into(managers::table)
        .values((
            managers::manager_id.eq(manager.0),
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

/// Whether a manager is archived. An unknown manager is not: the token is enough.
pub async fn is_archived(conn: &mut AsyncPgConnection, manager: ManagerId) -> QueryResult<bool> {
    let archived: Option<bool> = managers::table
        .find(manager.0)
        .select(managers::archived)
        .first(conn)
        .await
        .optional()?;
    Ok(archived.unwrap_or(false))
}
