//! What every kind of task can do, and the task around it.

use serde::{Deserialize, Serialize};

use super::{Answer, AnyKind, Input, Seed, Unfit};
use crate::domain::score::Score;

/// A kind of task: knows the right answer, shows none of it.
pub trait Kind {
    /// Refuses a definition that nobody could answer rightly.
    fn check(&self) -> Result<(), Malformed>;

    /// What the candidate is shown to answer with. Must not depend on the right answer.
    fn input(&self, seed: &Seed) -> Input;

    /// Grades an answer, or says who does.
    fn grade(&self, seed: &Seed, answer: &Answer) -> Result<Grading, Unfit>;
}

/// How an answer gets its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grading {
    /// Known at once.
    Scored(Score),
    /// A manager reads it.
    Manager,
    /// Another team's service is asked, at its address.
    Remote(String),
}

/// A task that cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// How strongly a task measures a trait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraitWeight {
    /// Such as `patience`.
    pub name: String,
    /// At least 1.
    pub weight: u32,
}

/// One task of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The author's name of it, unique within its test.
    pub id: String,
    /// What is asked.
    pub prompt: String,
    /// What a full answer is worth against the test's other tasks. At least 1.
    pub points: u32,
    /// The traits that it measures.
    pub traits: Vec<TraitWeight>,
    /// What is asked for, and what is right.
    pub kind: AnyKind,
}

impl Task {
    /// Refuses a task that cannot be set.
    pub fn check(&self) -> Result<(), Malformed> {
        if self.prompt.trim().is_empty() {
            return Err(Malformed(format!("task {} asks nothing", self.id)));
        }
        if self.points == 0 {
            return Err(Malformed(format!("task {} counts for nothing", self.id)));
        }
        self.kind
            .check()
            .map_err(|Malformed(why)| Malformed(format!("task {}: {why}", self.id)))
    }
}

/// Writes [`AnyKind`], the sum of all kinds, from the list of them.
macro_rules! kinds {
    ($($name:literal: $kind:ident),+ $(,)?) => {
        /// Any kind of task.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind")]
        pub enum AnyKind {
            $(
                #[doc = concat!("See [`", stringify!($kind), "`].")]
                #[serde(rename = $name)]
                $kind($kind),
            )+
        }

        impl AnyKind {
            /// The names of all kinds.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The kind's name, such as `single_choice`.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)+
                }
            }
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

            fn grade(&self, seed: &Seed, answer: &Answer) -> Result<Grading, Unfit> {
                match self {
                    $(Self::$kind(kind) => kind.grade(seed, answer),)+
                }
            }
        }
    };
}
pub(super) use kinds;
