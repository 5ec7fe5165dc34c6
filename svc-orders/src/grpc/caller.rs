//! Who is calling, in the domain's words.

use conventions::Role;
use service_host::Caller;

use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::id::{ClientId, WorkerId};

/// The caller as an actor. Quality control and root are managers; whoever has several roles is the one that sees most.
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
