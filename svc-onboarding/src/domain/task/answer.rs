//! What a candidate sees and gives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Malformed;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Names it in the answer.
    pub id: String,
    /// What the candidate reads.
    pub text: String,
}

/// What a candidate answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Exactly one of these.
    ChooseOne(Vec<Choice>),
    /// Any of these, at least one.
    ChooseAny(Vec<Choice>),
    /// All of these, in the right order.
    Arrange(Vec<Choice>),
    /// A decimal number.
    Number,
    /// Text of at most so many characters.
    Text {
        /// The bound.
        max_chars: u32,
    },
}

/// What a candidate answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Ids of choices; in order, where order is asked for.
    Chosen(Vec<String>),
    /// A number, as typed.
    Number(String),
    /// Text, as typed.
    Text(String),
}

/// An answer that doesn't fit what was asked. It isn't taken, so the candidate may still give one that fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub &'static str);

impl Answer {
    pub(super) fn chosen(&self) -> Result<&[String], Unfit> {
        match self {
            Self::Chosen(ids) => Ok(ids),
            _ => Err(Unfit("this task is answered by choosing")),
        }
    }

    pub(super) fn number(&self) -> Result<&str, Unfit> {
        match self {
            Self::Number(text) => Ok(text),
            _ => Err(Unfit("this task is answered with a number")),
        }
    }

    pub(super) fn text(&self, max_chars: u32) -> Result<&str, Unfit> {
        let Self::Text(text) = self else {
            return Err(Unfit("this task is answered with text"));
        };
        if text.trim().is_empty() {
            return Err(Unfit("the answer is empty"));
        }
        if text.chars().count() > usize::try_from(max_chars).unwrap_or(usize::MAX) {
            return Err(Unfit("the answer is too long"));
        }
        Ok(text)
    }
}

/// Refuses fewer than two choices, and ids used twice.
pub(super) fn check_choices(choices: &[Choice]) -> Result<BTreeSet<&str>, Malformed> {
    let ids: BTreeSet<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
    if choices.len() < 2 {
        return Err(Malformed("there is nothing to choose between".to_owned()));
    }
    if ids.len() != choices.len() {
        return Err(Malformed("two choices have the same id".to_owned()));
    }
    Ok(ids)
}

/// The chosen ids as a set, all of them offered and none twice.
pub(super) fn distinct(chosen: &[String], offered: impl Fn(&str) -> bool) -> Result<BTreeSet<&str>, Unfit> {
    let set: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
    if set.len() != chosen.len() {
        return Err(Unfit("a choice is given twice"));
    }
    if !set.iter().all(|id| offered(id)) {
        return Err(Unfit("a choice is given that was not offered"));
    }
    Ok(set)
}
