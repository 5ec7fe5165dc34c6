//! Workers: hired through tests, matched to orders, suspended and reinstated by managers (H5, O10).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::id::WorkerId;

/// Measured strengths and weaknesses, by name, each 0..=100.
pub type Traits = BTreeMap<String, u8>;

/// A worker of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Who.
    pub id: WorkerId,
    /// How to address the worker.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// The language to write in: `ru` or `en`.
    pub language: String,
    /// Whether orders may be matched to the worker.
    pub standing: Standing,
    /// In years, as the application said.
    pub age: u8,
    /// What the tests measured.
    pub traits: Traits,
    /// How the worker's orders ended.
    pub record: Record,
    /// When the worker entered the pool.
    pub admitted_at: DateTime<Utc>,
    /// Grows by one with every change of the worker that others are told of.
    pub version: i64,
}

/// Whether a worker is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Matched.
    Active,
    /// Not matched until reinstated.
    Suspended,
}

/// How a worker's orders ended, and how quality control rated them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Orders completed.
    pub completed: u32,
    /// Orders failed, no-shows among them.
    pub failed: u32,
    /// The sum of all ratings, each 1..=5.
    pub rating_sum: u32,
    /// How many ratings.
    pub rating_count: u32,
}

/// Why a worker's standing can't change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Suspended already.
    #[error("the worker is already suspended")]
    AlreadySuspended,
    /// Active already.
    #[error("the worker is already active")]
    AlreadyActive,
}

impl Worker {
    /// Takes the worker out of matching (O10).
    pub fn suspend(self) -> Result<Self, Refused> {
        match self.standing {
            Standing::Suspended => Err(Refused::AlreadySuspended),
            Standing::Active => Ok(self.with(Standing::Suspended)),
        }
    }

    /// Lets the worker be matched again (O10).
    pub fn reinstate(self) -> Result<Self, Refused> {
        match self.standing {
            Standing::Active => Err(Refused::AlreadyActive),
            Standing::Suspended => Ok(self.with(Standing::Active)),
        }
    }

    fn with(self, standing: Standing) -> Self {
        Self {
            standing,
            version: self.version + 1,
            ..self
        }
    }
}

impl Standing {
    /// As the database keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// What [`Self::name`] gave.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}
