//! What the managers' calls begin with.

use diesel_async::AsyncPgConnection;
use service_host::Caller;
use uuid::Uuid;

use crate::domain::application::{Application, State};
use crate::error::Error;
use crate::store;

/// The application, locked. Managers don't see it before its address is confirmed.
pub(super) async fn application(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<Application, Error> {
    admitted(conn, caller).await?;
    visible(store::applications::lock(conn, id).await?, id)
}

/// Refuses who is a manager no more: a token outlives that.
pub(super) async fn admitted(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<(), Error> {
    if store::managers::is_archived(conn, caller.subject_uuid()?).await? {
        return Err(Error::ManagerArchived);
    }
    Ok(())
}

/// An application that managers may see.
pub(super) fn visible(application: Option<Application>, id: Uuid) -> Result<Application, Error> {
    application
        .filter(|application| application.state != State::Unconfirmed)
        .ok_or(Error::ApplicationNotFound(id))
}
