use admin_contract::v1 as pb;
use conventions::types::Person;
use conventions::wire::timestamp;
use messaging::Events;

use super::Published;
use crate::domain::Versioned;
use crate::domain::manager::Manager;

impl Published for Manager {
    type State = pb::ManagerState;

    fn state(version: &Versioned<Self>) -> Self::State {
        let body = version.body.clone();
        pb::ManagerState {
            manager_id: version.id.to_string(),
            version: version.version,
            person: Some(Person {
                name: body.name,
                email: body.email,
                language: body.language,
            }),
            roles: body.roles,
            archived: version.archived,
            changed_at: Some(timestamp(version.changed_at)),
            changed_by: Some((&version.changed_by).into()),
        }
    }

    fn events(version: &Versioned<Self>) -> Events {
        Events::of(&Self::state(version))
    }
}
