//! A number, right within a tolerance.

use serde::{Deserialize, Serialize};

use super::{Answer, Grading, Input, Kind, Malformed, Seed, Unfit};
use crate::domain::decimal::Decimal;
use crate::domain::score::Score;

/// A number is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The right number.
    pub right: Decimal,
    /// How far away still counts as right, both ways, the bound included.
    pub tolerance: Decimal,
}

impl Kind for Number {
    fn check(&self) -> Result<(), Malformed> {
        if self.tolerance.is_negative() {
            return Err(Malformed("a tolerance is not negative".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Number
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, Unfit> {
        let given = Decimal::parse(answer.number()?).map_err(|_| Unfit("this is not a number"))?;
        Ok(Grading::Scored(if given.distance(self.right) <= self.tolerance {
            Score::FULL
        } else {
            Score::NONE
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::seed;
    use super::*;

    fn task(right: &str, tolerance: &str) -> Number {
        Number {
            right: Decimal::parse(right).unwrap(),
            tolerance: Decimal::parse(tolerance).unwrap(),
        }
    }

    fn right(task: &Number, answer: &str) -> bool {
        task.grade(&seed(), &Answer::Number(answer.to_owned())) == Ok(Grading::Scored(Score::FULL))
    }

    #[test]
    fn h3_a_number_within_the_tolerance_is_right_bound_included() {
        assert!(right(&task("1.0", "0.1"), "1.1"));
        assert!(right(&task("1.0", "0.1"), "0,9"));
        assert!(!right(&task("1.0", "0.1"), "1.100000001"));
        assert!(right(&task("-5", "0"), "-5.000"));
        assert!(!right(&task("-5", "0"), "5"));
    }

    #[test]
    fn h3_what_is_no_number_is_not_taken_as_an_answer() {
        assert!(
            task("1", "0")
                .grade(&seed(), &Answer::Number("one".to_owned()))
                .is_err()
        );
        assert!(
            task("1", "0")
                .grade(&seed(), &Answer::Text("1".to_owned()))
                .is_err()
        );
    }

    #[test]
    fn h3_a_negative_tolerance_is_malformed() {
        assert!(task("1", "-1").check().is_err());
        assert!(task("1", "0").check().is_ok());
    }
}
