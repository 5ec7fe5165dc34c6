use std::borrow::Cow;
use std::fmt;

use super::sample::{ReferenceSample, RegularSample, Task};
use super::score::Score;

/// A step that is part of the program. One of them is one file under `steps/`.
pub struct BuiltIn {
    /// As pipelines name it.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// For managers who put a pipeline together.
    pub summary: &'static str,
    /// One verdict per candidate, in the order of the candidates.
    pub judge: fn(&Context<'_>, &[Candidate<'_>]) -> Vec<Verdict>,
}

/// What a step does with the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rejects those who can't come at all. Never waived, and every pipeline has all of these.
    Requirement,
    /// Rejects those who had better not come. Waived when nobody would be left (O4).
    Filter,
    /// Scores.
    Score,
    /// Keeps the chosen one. Stands last.
    Select,
}

/// What a step knows besides the candidates.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The order.
    pub task: &'a Task,
    /// The client.
    pub reference: &'a ReferenceSample,
}

/// A worker who is still in the run.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The worker.
    pub sample: &'a RegularSample,
    /// The weighted sum of the scores so far, comparable within the run only.
    pub total: u64,
}

/// What a step has to say of a candidate, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Stays, without a score.
    Pass(Cow<'static, str>),
    /// Goes.
    Reject(Cow<'static, str>),
    /// Stays, with a score.
    Score(Score, Cow<'static, str>),
}

impl Verdict {
    /// Why, in words; may be empty.
    pub fn why(&self) -> &str {
        match self {
            Self::Pass(why) | Self::Reject(why) | Self::Score(_, why) => why,
        }
    }

    /// The score, if it is one.
    pub fn score(&self) -> Option<Score> {
        match self {
            Self::Score(score, _) => Some(*score),
            Self::Pass(_) | Self::Reject(_) => None,
        }
    }

    /// Whether the candidate goes.
    pub fn is_rejection(&self) -> bool {
        matches!(self, Self::Reject(_))
    }
}

/// Built-in steps are told apart by their names.
impl PartialEq for BuiltIn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for BuiltIn {}

impl fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
