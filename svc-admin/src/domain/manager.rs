//! Managers and their roles (rule A1).

use serde::{Deserialize, Serialize};

use super::{Entry, Kind};

/// What root says about a manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    /// As they wrote it.
    pub name: String,
    /// Where letters go. No two managers in use share it.
    pub email: String,
    /// `ru` or `en`.
    pub language: String,
    /// As in tokens: `manager`, `quality`, `consumables`, `root`. Each once.
    pub roles: Vec<String>,
}

impl Manager {
    /// Whether they may manage managers.
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
