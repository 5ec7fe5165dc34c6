//! Multiple choice.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::answer::{check_choices, distinct};
use super::{Answer, Choice, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};
use crate::domain::score::Score;

/// Several choices are right. Each right choice counts, and each wrong choice cancels a right one,
/// so that choosing everything earns no more than guessing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiple {
    pub choices: Vec<Choice>,
    /// The ids of the right choices, at least one.
    pub right: BTreeSet<String>,
}

impl Kind for Multiple {
    fn check(&self) -> Result<(), Malformed> {
        let ids = check_choices(&self.choices)?;
        if self.right.is_empty() || !self.right.iter().all(|id| ids.contains(id.as_str())) {
            return Err(Malformed("the right choices are not all offered".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::ChooseAny(self.choices.clone())
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        let chosen = distinct(answer.chosen()?, |id| {
            self.choices.iter().any(|choice| choice.id == id)
        })?;
        if chosen.is_empty() {
            return Err(InvalidAnswer("at least one choice is required"));
        }
        let hits = chosen.iter().filter(|id| self.right.contains(**id)).count();
        let misses = chosen.len() - hits;
        let earned = hits.saturating_sub(misses) as u64;
        Ok(Grading::Scored(Score::share(earned, self.right.len() as u64)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{chosen, letters, seed};
    use super::*;

    fn task() -> Multiple {
        Multiple {
            choices: letters("abcde"),
            right: ["a", "b", "c"].map(str::to_owned).into(),
        }
    }

    fn score(task: &Multiple, answer: &str) -> u8 {
        match task.grade(&seed(), &chosen(answer)) {
            Ok(Grading::Scored(score)) => score.value(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn h3_multiple_choice_counts_right_choices_and_subtracts_wrong_ones() {
        assert_eq!(score(&task(), "abc"), 100);
        assert_eq!(score(&task(), "ab"), 67);
        assert_eq!(score(&task(), "abd"), 33);
        assert_eq!(score(&task(), "ad"), 0);
        assert_eq!(score(&task(), "de"), 0);
    }

    #[test]
    fn h3_choosing_everything_earns_no_full_score() {
        assert_eq!(score(&task(), "abcde"), 33);
    }

    #[test]
    fn h3_multiple_choice_refuses_choices_that_were_not_offered() {
        for answer in ["", "aa", "az"] {
            assert!(task().grade(&seed(), &chosen(answer)).is_err(), "{answer}");
        }
    }

    #[test]
    fn h3_multiple_choice_without_right_answers_is_malformed() {
        let mut broken = task();
        broken.right.clear();
        assert!(broken.check().is_err());
        broken.right.insert("z".to_owned());
        assert!(broken.check().is_err());
        assert!(task().check().is_ok());
    }
}
