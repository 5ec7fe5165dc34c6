use conventions::Role;
use service_host::Caller;

use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::ids::{ClientId, WorkerId};

/// The caller as an actor. Quality control and root count as managers. Of several roles, the one
/// with the widest view counts.
pub(super) fn actor(caller: &Caller) -> Result<Actor, Error> {
    if caller.is_staff() {
        let manages = [Role::Manager, Role::Quality, Role::Root]
            .into_iter()
            .any(|role| caller.has(role));
        return Ok(if manages {
            Actor::Manager(caller.subject_uuid()?)
        } else {
            Actor::Service
        });
    }
    let id = caller.subject_uuid()?;
    Ok(match caller.role() {
        Role::Worker => Actor::Worker(WorkerId(id)),
        _ => Actor::Client(ClientId(id)),
    })
}
