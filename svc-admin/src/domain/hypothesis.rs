//! Hypotheses on the board (rule A4).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Actor;

/// A column of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Written down.
    Open,
    /// Being tried.
    Testing,
    /// It is so.
    Confirmed,
    /// It is not so.
    Rejected,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Testing, Self::Confirmed, Self::Rejected];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Testing => "testing",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A hypothesis. It may move between all columns, back too: what was confirmed can be doubted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    /// Its id.
    pub id: Uuid,
    /// What is supposed.
    pub text: String,
    /// Its column.
    pub state: State,
    /// Closed cases that support it.
    pub case_ids: Vec<Uuid>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Actor,
    /// When it was last moved.
    pub changed_at: DateTime<Utc>,
}
