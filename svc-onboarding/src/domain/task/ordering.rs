//! Choices to be put into order.

use serde::{Deserialize, Serialize};

use super::answer::{check_choices, distinct};
use super::{Answer, Choice, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};
use crate::domain::score::Score;

/// The candidate puts the choices into order. Each pair in the right order counts, and each pair in
/// the wrong order is subtracted, so that a random order earns nothing on average.
///
/// Candidates see opaque ids, and the choices sorted by those ids. Otherwise the ids of an author
/// who numbers the choices would reveal the right order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordering {
    /// In the right order.
    pub choices: Vec<Choice>,
}

impl Kind for Ordering {
    fn check(&self) -> Result<(), Malformed> {
        check_choices(&self.choices).map(|_| ())
    }

    fn input(&self, seed: &Seed) -> Input {
        let mut shown: Vec<Choice> = self
            .choices
            .iter()
            .map(|choice| Choice {
                id: seed.opaque_id(&choice.id),
                text: choice.text.clone(),
            })
            .collect();
        shown.sort_by(|a, b| a.id.cmp(&b.id));
        Input::Arrange(shown)
    }

    fn grade(&self, seed: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        let right: Vec<String> = self
            .choices
            .iter()
            .map(|choice| seed.opaque_id(&choice.id))
            .collect();
        let given = answer.chosen()?;
        if distinct(given, |id| right.iter().any(|known| known == id))?.len() != right.len() {
            return Err(InvalidAnswer("all choices must be put into order"));
        }
        Ok(Grading::Scored(pairs_in_order(&right, given)))
    }
}

/// The pairs in the right order minus the pairs in the wrong order, as a share of all pairs.
fn pairs_in_order(right: &[String], given: &[String]) -> Score {
    let positions: Vec<usize> = given
        .iter()
        .filter_map(|id| right.iter().position(|known| known == id))
        .collect();
    let mut ordered = 0_u64;
    let mut pairs = 0_u64;
    for (index, position) in positions.iter().enumerate() {
        for later in &positions[index + 1..] {
            pairs += 1;
            ordered += u64::from(position < later);
        }
    }
    Score::share(ordered.saturating_sub(pairs - ordered), pairs)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{letters, seed};
    use super::*;

    fn task() -> Ordering {
        Ordering {
            choices: letters("abcd"),
        }
    }

    fn score(order: &str) -> u8 {
        let ids = order
            .chars()
            .map(|id| seed().opaque_id(&id.to_string()))
            .collect();
        match task().grade(&seed(), &Answer::Chosen(ids)) {
            Ok(Grading::Scored(score)) => score.value(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn h3_the_right_order_is_right() {
        assert_eq!(score("abcd"), 100);
        assert_eq!(score("abdc"), 67);
        assert_eq!(score("badc"), 33);
        assert_eq!(score("dcba"), 0);
    }

    #[test]
    fn h3_an_ordering_shows_neither_its_ids_nor_its_order() {
        let Input::Arrange(shown) = task().input(&seed()) else {
            panic!("not an ordering");
        };
        assert!(shown.iter().all(|choice| choice.id.len() == 16));
        let mut reversed = task();
        reversed.choices.reverse();
        assert_eq!(reversed.input(&seed()), Input::Arrange(shown));
    }

    #[test]
    fn h3_an_ordering_requires_all_choices_once() {
        for order in ["", "abc", "aabc"] {
            let ids = order
                .chars()
                .map(|id| seed().opaque_id(&id.to_string()))
                .collect();
            assert!(task().grade(&seed(), &Answer::Chosen(ids)).is_err(), "{order}");
        }
        let plain = "abcd".chars().map(String::from).collect();
        assert!(task().grade(&seed(), &Answer::Chosen(plain)).is_err());
    }
}
