//! The interface of all kinds of task, and the task around a kind.

use serde::{Deserialize, Serialize};

use super::{Answer, AnyKind, Input, InvalidAnswer, Seed};
use crate::domain::score::Score;

/// A kind of task. It knows the right answer and does not show it.
pub trait Kind {
    /// Refuses a definition without a possible right answer.
    fn check(&self) -> Result<(), Malformed>;

    /// The form of answer that the candidate is shown. Must not depend on the right answer.
    fn input(&self, seed: &Seed) -> Input;

    /// Grades an answer, or names its grader.
    fn grade(&self, seed: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grading {
    Scored(Score),
    /// A manager grades the answer.
    Manager,
    /// The remote grader at this address grades the answer.
    Remote(String),
}

/// Why a task or test set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraitWeight {
    /// For example `patience`.
    pub name: String,
    /// At least 1.
    pub weight: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The author's id, unique within the test.
    pub id: String,
    /// The question.
    pub prompt: String,
    /// The weight of the task in the score. At least 1.
    pub points: u32,
    /// The traits that the task measures.
    pub traits: Vec<TraitWeight>,
    pub kind: AnyKind,
}

impl Task {
    pub fn check(&self) -> Result<(), Malformed> {
        if self.prompt.trim().is_empty() {
            return Err(Malformed(format!("task {} has no question", self.id)));
        }
        if self.points == 0 {
            return Err(Malformed(format!("task {} has no points", self.id)));
        }
        self.kind
            .check()
            .map_err(|Malformed(reason)| Malformed(format!("task {}: {reason}", self.id)))
    }
}

/// Declares [`AnyKind`] from the list of all kinds.
macro_rules! kinds {
    ($($name:literal: $kind:ident),+ $(,)?) => {
        /// Any kind of task. The text is the kind's name, for example `single_choice`.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[derive(strum::AsRefStr, strum::VariantNames)]
        #[serde(tag = "kind")]
        pub enum AnyKind {
            $(
                #[serde(rename = $name)]
                #[strum(serialize = $name)]
                $kind($kind),
            )+
        }

        impl Kind for AnyKind {
            fn check(&self) -> Result<(), Malformed> {
                match self {
                    $(Self::$kind(kind) => kind.check(),)+
                }
            }

            fn input(&self, seed: &Seed) -> Input {
                match self {
                    $(Self::$kind(kind) => kind.input(seed),)+
                }
            }

            fn grade(&self, seed: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
                match self {
                    $(Self::$kind(kind) => kind.grade(seed, answer),)+
                }
            }
        }
    };
}
pub(super) use kinds;
