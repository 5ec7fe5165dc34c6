//! The first steps of the managers' calls.

use conventions::Actor;
use diesel_async::AsyncPgConnection;
use service_host::Caller;

use crate::domain::application::{Application, State};
use crate::domain::ids::{ApplicationId, ManagerId};
use crate::error::Error;
use crate::store;

/// Locks an application for a manager who changes it.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    id: ApplicationId,
) -> Result<(Actor, Application), Error> {
    admit(conn, caller).await?;
    let application = visible(store::applications::lock(conn, id).await?, id)?;
    Ok((Actor::from(&caller.actor()), application))
}

/// Refuses an archived manager, whose token may still be valid.
pub(super) async fn admit(conn: &mut AsyncPgConnection, caller: &Caller) -> Result<(), Error> {
    if store::managers::is_archived(conn, ManagerId(caller.subject_uuid()?)).await? {
        return Err(Error::ManagerArchived);
    }
    Ok(())
}

/// Hides an unconfirmed application from managers.
pub(super) fn visible(application: Option<Application>, id: ApplicationId) -> Result<Application, Error> {
    application
        .filter(|application| application.state != State::Unconfirmed)
        .ok_or(Error::ApplicationNotFound(id))
}
