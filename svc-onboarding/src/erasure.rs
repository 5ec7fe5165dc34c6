//! Erasing a person and keeping the statistics (H7).

use chrono::{DateTime, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;

use crate::domain::application::Application;
use crate::domain::happened::Happened;
use crate::error::Error;
use crate::store;

/// Erases an application that is locked by this transaction. Nothing happens where that was done before.
pub async fn erase(
    conn: &mut AsyncPgConnection,
    application: &mut Application,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if !application.erase(now).map_err(Error::Application)? {
        return Ok(());
    }
    store::photos::erase(conn, application.id).await?;
    store::contact_notes::erase(conn, application.id).await?;
    store::attempts::erase(conn, application.id).await?;
    store::applications::save(conn, application, by, now, Some(&Happened::Erased)).await?;
    tracing::info!(application.id = %application.id, "personal data was erased");
    Ok(())
}

/// Forgets an application that nobody confirmed, locked by this transaction: nobody but its sender ever saw it, and it is in
/// no statistics, so nothing of it is worth a row. Its link is void.
pub async fn forget(
    conn: &mut AsyncPgConnection,
    mut application: Application,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    erase(conn, &mut application, &system(), now).await?;
    store::applications::remove(conn, application.id).await?;
    Ok(())
}

/// Who forgets when no person asked for it.
pub fn system() -> Actor {
    Actor {
        role: Role::System.into(),
        id: String::new(),
    }
}
