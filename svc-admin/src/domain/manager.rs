//! Managers and their roles (rule A1).

use serde::{Deserialize, Serialize};

use super::{Entry, Kind};

/// A manager, as root managers edit them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    pub name: String,
    /// The address for mail. No two managers in use share it.
    pub email: String,
    /// The language of mail: `ru` or `en`.
    pub language: String,
    /// The words of tokens: `manager`, `quality`, `consumables`, `root`, each once.
    pub roles: Vec<String>,
}

impl Manager {
    /// Whether this manager may manage managers.
    pub fn is_root(&self) -> bool {
        self.roles
            .iter()
            .any(|role| role == conventions::Role::Root.claim())
    }
}

impl Entry for Manager {
    const KIND: Kind = Kind::Manager;

    fn unique_key(&self) -> Option<String> {
        Some(self.email.to_lowercase())
    }
}
