//! Who did something (rule G6).

use crate::{Role, types};

/// A caller in one of their roles, or the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The role that allowed the action; [`Role::System`] for listeners and jobs.
    pub role: Role,
    /// The subject of the caller's token; empty for the system.
    pub id: String,
}

impl Actor {
    /// The system itself: a listener or a job.
    pub fn system() -> Self {
        Self {
            role: Role::System,
            id: String::new(),
        }
    }

    /// An actor from the columns `actor_role` and `actor_id`. The role is stored as
    /// [`Role::claim`]; an unknown word is read as [`Role::Unspecified`].
    pub fn stored(role: &str, id: String) -> Self {
        Self {
            role: role.parse().unwrap_or(Role::Unspecified),
            id,
        }
    }
}

impl From<&types::Actor> for Actor {
    fn from(actor: &types::Actor) -> Self {
        Self {
            role: actor.role(),
            id: actor.id.clone(),
        }
    }
}

impl From<&Actor> for types::Actor {
    fn from(actor: &Actor) -> Self {
        Self {
            role: actor.role.into(),
            id: actor.id.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g6_an_actor_is_stored_and_sent_and_read_back_unchanged() {
        for role in [Role::Client, Role::Manager, Role::System] {
            let actor = Actor {
                role,
                id: "some-subject".into(),
            };
            assert_eq!(Actor::stored(actor.role.claim(), actor.id.clone()), actor);
            assert_eq!(Actor::from(&types::Actor::from(&actor)), actor);
        }
        assert_eq!(Actor::stored("emperor", String::new()).role, Role::Unspecified);
    }
}
