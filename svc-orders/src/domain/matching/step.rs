use std::borrow::Cow;
use std::fmt;

use super::sample::{ReferenceSample, RegularSample, Task};
use super::score::Score;

/// A step of this service. Each is one file under `steps/`.
pub struct BuiltIn {
    /// The name in pipelines.
    pub name: &'static str,
    pub kind: Kind,
    /// Shown to managers who edit a pipeline.
    pub summary: &'static str,
    /// One verdict per candidate, in the order of the candidates.
    pub judge: fn(&Context<'_>, &[Candidate<'_>]) -> Vec<Verdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rejects workers who cannot come. Never waived; every pipeline has all requirements.
    Requirement,
    /// Rejects workers who should not come. Waived if it would reject all remaining workers (O4).
    Filter,
    Score,
    /// Keeps one worker. The last step of a pipeline.
    Select,
}

/// What a step knows apart from the candidates.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub task: &'a Task,
    pub reference: &'a ReferenceSample,
}

/// A worker that no earlier step rejected.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub sample: &'a RegularSample,
    /// The weighted sum of the scores so far. Comparable only within one run.
    pub total: u64,
}

/// A step's verdict on a candidate, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Pass(Cow<'static, str>),
    Reject(Cow<'static, str>),
    Score(Score, Cow<'static, str>),
}

impl Verdict {
    /// May be empty.
    pub fn why(&self) -> &str {
        match self {
            Self::Pass(why) | Self::Reject(why) | Self::Score(_, why) => why,
        }
    }

    pub fn score(&self) -> Option<Score> {
        match self {
            Self::Score(score, _) => Some(*score),
            Self::Pass(_) | Self::Reject(_) => None,
        }
    }

    pub fn is_rejection(&self) -> bool {
        matches!(self, Self::Reject(_))
    }
}

/// Built-in steps are equal if their names are.
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
