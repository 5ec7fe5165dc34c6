//! What is known of an order, from events alone.
//!
//! Knowledge only grows: an event of an order that isn't known yet makes it known, an event that
//! comes late or again adds nothing, and an outcome, once known, stays.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How an order ended: the conditions that can be bet on. They exclude each other, so that exactly
/// one of them wins: a no-show is `NoShow` and not also `Failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The work was done.
    Completed,
    /// It failed in any other way than by a no-show.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// The worker did not start within the grace period.
    NoShow,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Completed, Self::Failed, Self::Cancelled, Self::NoShow];

    /// The word by which it is stored and typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The outcome that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What one event says of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// It is placed or assigned.
    Open,
    /// Work began at that time.
    Started(DateTime<Utc>),
    /// It ended so, at that time.
    Ended(Outcome, DateTime<Utc>),
}

/// An order, as far as bets need to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Its id, as svc-orders names it.
    pub id: Uuid,
    /// When betting ended: when work began, or the order ended without. By the events' own time,
    /// not by when they were heard.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Order {
    /// An order of which nothing has been heard but its id.
    pub fn new(id: Uuid) -> Self {
        Self {
            id,
            closed_at: None,
            outcome: None,
        }
    }

    /// Bets are taken: as far as is known, the order is placed or assigned.
    pub fn takes_bets(&self) -> bool {
        self.closed_at.is_none()
    }

    /// Adds a fact to what is known.
    pub fn learn(&mut self, fact: Fact) {
        let at = match fact {
            Fact::Open => return,
            Fact::Started(at) => at,
            Fact::Ended(outcome, at) => {
                self.outcome.get_or_insert(outcome);
                at
            }
        };
        self.closed_at = Some(self.closed_at.map_or(at, |known| known.min(at)));
    }
}
