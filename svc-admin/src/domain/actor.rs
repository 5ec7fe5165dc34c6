//! Who did something (rule G6).

use conventions::Role;
use serde::{Deserialize, Serialize};

/// Who did something: a caller in one of their roles, or the system itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// In lower case, as in tokens: `manager`; `system` for the system.
    pub role: String,
    /// The token's subject; empty for the system.
    pub id: String,
}

impl Actor {
    /// The system itself: a listener or a job.
    pub fn system() -> Self {
        Self {
            role: Role::System.claim().to_owned(),
            id: String::new(),
        }
    }
}
