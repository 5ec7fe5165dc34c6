//! Hypotheses on the board (rule A4).

use chrono::{DateTime, Utc};

use super::Actor;
use super::ids::{CaseId, HypothesisId};

/// A column of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Open,
    Testing,
    Confirmed,
    Rejected,
}

/// A hypothesis. It may move from any column to any other: a confirmed one can be doubted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    pub id: HypothesisId,
    pub text: String,
    pub state: State,
    /// Closed cases that support it.
    pub case_ids: Vec<CaseId>,
    pub created_at: DateTime<Utc>,
    pub created_by: Actor,
    /// When it was last moved.
    pub changed_at: DateTime<Utc>,
}
