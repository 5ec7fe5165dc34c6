//! Choices, inputs and answers of candidates.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Malformed;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Identifies the choice in an answer.
    pub id: String,
    pub text: String,
}

/// The form of answer that a task expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Exactly one of these.
    ChooseOne(Vec<Choice>),
    /// Any of these, at least one.
    ChooseAny(Vec<Choice>),
    /// All of these, in the right order.
    Arrange(Vec<Choice>),
    Number,
    Text {
        max_chars: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Ids of choices, in the candidate's order if the task is to arrange them.
    Chosen(Vec<String>),
    /// As typed.
    Number(String),
    /// As typed.
    Text(String),
}

/// An answer of the wrong form. It is refused, so that the candidate can still give a valid one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAnswer(pub &'static str);

impl Answer {
    pub(super) fn chosen(&self) -> Result<&[String], InvalidAnswer> {
        match self {
            Self::Chosen(ids) => Ok(ids),
            _ => Err(InvalidAnswer("this task expects choices")),
        }
    }

    pub(super) fn number(&self) -> Result<&str, InvalidAnswer> {
        match self {
            Self::Number(text) => Ok(text),
            _ => Err(InvalidAnswer("this task expects a number")),
        }
    }

    pub(super) fn text(&self, max_chars: u32) -> Result<&str, InvalidAnswer> {
        let Self::Text(text) = self else {
            return Err(InvalidAnswer("this task expects text"));
        };
        if text.trim().is_empty() {
            return Err(InvalidAnswer("the answer is empty"));
        }
        if text.chars().count() > usize::try_from(max_chars).unwrap_or(usize::MAX) {
            return Err(InvalidAnswer("the answer is too long"));
        }
        Ok(text)
    }
}

/// Refuses fewer than two choices, and duplicate ids.
pub(super) fn check_choices(choices: &[Choice]) -> Result<BTreeSet<&str>, Malformed> {
    let ids: BTreeSet<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
    if choices.len() < 2 {
        return Err(Malformed("there are fewer than two choices".to_owned()));
    }
    if ids.len() != choices.len() {
        return Err(Malformed("two choices have the same id".to_owned()));
    }
    Ok(ids)
}

/// The chosen ids as a set. Refuses duplicates and ids that were not offered.
pub(super) fn distinct(
    chosen: &[String],
    offered: impl Fn(&str) -> bool,
) -> Result<BTreeSet<&str>, InvalidAnswer> {
    let set: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
    if set.len() != chosen.len() {
        return Err(InvalidAnswer("a choice is repeated"));
    }
    if !set.iter().all(|id| offered(id)) {
        return Err(InvalidAnswer("a choice was not offered"));
    }
    Ok(set)
}
