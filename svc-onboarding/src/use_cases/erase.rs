//! Erases a person and keeps the statistics (H7).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::domain::application::Application;
use crate::error::Error;
use crate::store;

/// Erases an application's personal data, unless that was done before. Returns when it was erased.
///
/// The transaction must have locked the application.
pub async fn erase(
    conn: &mut AsyncPgConnection,
    mut application: Application,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let (id, changed) = (application.id, application.erase(now)?);
    let erased_at = application.erased_at;
    if changed {
        store::photos::erase(conn, id).await?;
        store::contact_notes::erase(conn, id).await?;
        store::attempts::erase(conn, id).await?;
        store::applications::save(conn, application).await?;
        tracing::info!(application.id = %id, "personal data erased");
    }
    Ok(erased_at)
}

/// Erases an unconfirmed application together with its row: it is in no statistics, and no manager
/// has seen it. Its link becomes invalid.
///
/// The transaction must have locked the application.
pub async fn forget(
    conn: &mut AsyncPgConnection,
    application: Application,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let id = application.id;
    erase(conn, application, now).await?;
    store::applications::remove(conn, id).await?;
    Ok(())
}
