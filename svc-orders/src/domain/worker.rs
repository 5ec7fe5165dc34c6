//! Workers: hired through tests, matched to orders, suspended and reinstated by managers (H5, O10).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::actor::Actor;
use super::ids::WorkerId;

/// Measured strengths and weaknesses by name, each 0..=100.
pub type Traits = BTreeMap<String, u8>;

/// A worker of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    pub id: WorkerId,
    pub name: String,
    pub email: String,
    /// The language of mail: `ru` or `en`.
    pub language: String,
    pub standing: Standing,
    /// In years, as stated in the application.
    pub age: u8,
    /// Measured by the candidate's tests.
    pub traits: Traits,
    pub record: Record,
    /// When the worker entered the pool.
    pub admitted_at: DateTime<Utc>,
    /// Grows by one with every change of the worker that is published.
    pub version: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    Active,
    /// Not matched until reinstated.
    Suspended,
}

/// The worker's ended orders and their ratings by quality control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    pub completed: u32,
    /// No-shows included.
    pub failed: u32,
    /// The sum of all ratings, each 1..=5.
    pub rating_sum: u32,
    pub rating_count: u32,
}

/// A hired candidate enters the pool (H5).
#[derive(Debug, Clone)]
pub struct Admission {
    pub worker: Worker,
    /// One application makes one worker at most.
    pub application: Uuid,
    /// The photo of the application; may be empty.
    pub portrait: Vec<u8>,
}

/// A suspension or a reinstatement (O10).
#[derive(Debug, Clone)]
pub struct StandingChange {
    /// The worker with the new standing.
    pub worker: Worker,
    pub by: Actor,
    /// Empty for a reinstatement.
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// Why a worker's standing cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the worker is already suspended")]
    AlreadySuspended,
    #[error("the worker is already active")]
    AlreadyActive,
}

impl Worker {
    /// Takes the worker out of matching (O10).
    pub fn suspend(self, by: Actor, reason: String, now: DateTime<Utc>) -> Result<StandingChange, Refused> {
        match self.standing {
            Standing::Suspended => Err(Refused::AlreadySuspended),
            Standing::Active => Ok(self.change(Standing::Suspended, by, reason, now)),
        }
    }

    /// Lets the worker be matched again (O10).
    pub fn reinstate(self, by: Actor, now: DateTime<Utc>) -> Result<StandingChange, Refused> {
        match self.standing {
            Standing::Active => Err(Refused::AlreadyActive),
            Standing::Suspended => Ok(self.change(Standing::Active, by, String::new(), now)),
        }
    }

    fn change(self, standing: Standing, by: Actor, reason: String, at: DateTime<Utc>) -> StandingChange {
        let worker = Self {
            standing,
            version: self.version + 1,
            ..self
        };
        StandingChange {
            worker,
            by,
            reason,
            at,
        }
    }
}
