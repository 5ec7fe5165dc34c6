//! What the tests of all kinds share.

use uuid::Uuid;

use super::{Answer, Choice, Seed};
use crate::domain::attempt::TaskIndex;
use crate::domain::ids::ApplicationId;

pub(super) fn letters(ids: &str) -> Vec<Choice> {
    ids.chars()
        .map(|id| Choice {
            id: id.to_string(),
            text: format!("choice {id}"),
        })
        .collect()
}

pub(super) fn chosen(ids: &str) -> Answer {
    Answer::Chosen(ids.chars().map(String::from).collect())
}

pub(super) fn text(text: &str) -> Answer {
    Answer::Text(text.to_owned())
}

pub(super) fn seed() -> Seed {
    Seed::new(ApplicationId(Uuid::from_u128(7)), TaskIndex { test: 0, task: 3 })
}
