//! Single choice.

use serde::{Deserialize, Serialize};

use super::answer::{check_choices, distinct};
use super::{Answer, Choice, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};
use crate::domain::score::Score;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    pub choices: Vec<Choice>,
    /// The id of the right choice.
    pub right: String,
}

impl Kind for Single {
    fn check(&self) -> Result<(), Malformed> {
        let ids = check_choices(&self.choices)?;
        if !ids.contains(self.right.as_str()) {
            return Err(Malformed("the right choice is not offered".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::ChooseOne(self.choices.clone())
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        let chosen = answer.chosen()?;
        distinct(chosen, |id| self.choices.iter().any(|choice| choice.id == id))?;
        match chosen {
            [one] if *one == self.right => Ok(Grading::Scored(Score::FULL)),
            [_] => Ok(Grading::Scored(Score::NONE)),
            _ => Err(InvalidAnswer("exactly one choice is required")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{chosen, letters, seed};
    use super::*;

    fn task() -> Single {
        Single {
            choices: letters("abc"),
            right: "b".to_owned(),
        }
    }

    #[test]
    fn h3_single_choice_is_right_or_wrong() {
        assert_eq!(
            task().grade(&seed(), &chosen("b")),
            Ok(Grading::Scored(Score::FULL))
        );
        assert_eq!(
            task().grade(&seed(), &chosen("a")),
            Ok(Grading::Scored(Score::NONE))
        );
    }

    #[test]
    fn h3_single_choice_requires_exactly_one_offered_choice() {
        for answer in ["", "ab", "bb", "z"] {
            assert!(task().grade(&seed(), &chosen(answer)).is_err(), "{answer}");
        }
        assert!(task().grade(&seed(), &Answer::Text("b".to_owned())).is_err());
    }

    #[test]
    fn h3_single_choice_does_not_show_the_right_answer() {
        let mut other = task();
        other.right = "c".to_owned();
        assert_eq!(task().input(&seed()), other.input(&seed()));
    }

    #[test]
    fn h3_single_choice_without_its_right_answer_is_malformed() {
        assert_eq!(task().check(), Ok(()));
        let mut broken = task();
        broken.right = "z".to_owned();
        assert!(broken.check().is_err());
        let mut doubled = task();
        doubled.choices = letters("bb");
        assert!(doubled.check().is_err());
        let mut lonely = task();
        lonely.choices = letters("b");
        assert!(lonely.check().is_err());
    }
}
