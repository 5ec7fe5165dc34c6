//! Managers.

use admin_contract::v1 as pb;
use conventions::types::Person;
use service_host::Refusal;

use super::{actor, missing, time};
use crate::domain::Versioned;
use crate::domain::manager::Manager;

/// From the wire.
pub fn read(from: Option<pb::Manager>) -> Result<Manager, Refusal> {
    let from = from.ok_or_else(|| missing("manager"))?;
    let person = from.person.ok_or_else(|| missing("manager.person"))?;
    Ok(Manager {
        name: person.name,
        email: person.email,
        language: person.language,
        roles: from.roles,
    })
}

/// To the wire.
pub fn state(entry: &Versioned<Manager>) -> pb::ManagerState {
    let body = entry.body.clone();
    pb::ManagerState {
        manager_id: entry.id.to_string(),
        version: entry.version,
        person: Some(Person {
            name: body.name,
            email: body.email,
            language: body.language,
        }),
        roles: body.roles,
        archived: entry.archived,
        changed_at: Some(time(entry.changed_at)),
        changed_by: Some(actor(&entry.changed_by)),
    }
}
