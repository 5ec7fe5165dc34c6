//! A number, right within a tolerance.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Answer, Grading, Input, InvalidAnswer, Kind, Malformed, Seed};
use crate::domain::score::Score;

const MAX_WHOLE: i64 = 999_999_999_999_999_999;
const MAX_FRACTION_DIGITS: u32 = 9;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub right: Decimal,
    /// The largest distance from the right number that still counts as right.
    pub tolerance: Decimal,
}

/// The text is not a number of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number has at most 18 digits before and 9 after the decimal point")]
pub struct NotANumber;

/// Reads a number such as `-12.5`. A decimal comma, a minus sign and blanks around it are accepted,
/// exponents are not. The bounds keep the distance of two numbers exact.
pub fn parse(text: &str) -> Result<Decimal, NotANumber> {
    let text = text.trim().replace(',', ".").replace('\u{2212}', "-");
    // `Decimal` would ignore underscores.
    let number = (!text.contains('_'))
        .then(|| Decimal::from_str_exact(&text).ok())
        .flatten()
        .filter(|number| number.trunc().abs() <= MAX_WHOLE.into() && number.scale() <= MAX_FRACTION_DIGITS);
    number.map(|number| number.normalize()).ok_or(NotANumber)
}

/// The decimal that the author of a test meant by a double: floats make 0.1 + 0.2 more than 0.3.
pub fn from_f64(number: f64) -> Result<Decimal, NotANumber> {
    parse(&format!("{number:.9}"))
}

impl Kind for Number {
    fn check(&self) -> Result<(), Malformed> {
        if self.tolerance < Decimal::ZERO {
            return Err(Malformed("the tolerance is negative".to_owned()));
        }
        Ok(())
    }

    fn input(&self, _: &Seed) -> Input {
        Input::Number
    }

    fn grade(&self, _: &Seed, answer: &Answer) -> Result<Grading, InvalidAnswer> {
        let given = parse(answer.number()?).map_err(|_| InvalidAnswer("this is not a number"))?;
        Ok(Grading::Scored(if (given - self.right).abs() <= self.tolerance {
            Score::FULL
        } else {
            Score::NONE
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixtures::seed;
    use super::*;

    fn task(right: &str, tolerance: &str) -> Number {
        Number {
            right: parse(right).unwrap(),
            tolerance: parse(tolerance).unwrap(),
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
    fn h3_an_answer_that_is_no_number_is_refused() {
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

    #[test]
    fn h3_numbers_are_read_as_people_write_them() {
        for (text, plain) in [
            (" 12 ", "12"),
            ("-0,50", "-0.5"),
            ("+3.140", "3.14"),
            (".5", "0.5"),
            ("5.", "5"),
            ("\u{2212}7", "-7"),
        ] {
            assert_eq!(parse(text).map(|number| number.to_string()), Ok(plain.to_owned()));
        }
    }

    #[test]
    fn h3_other_text_is_refused() {
        for text in [
            "",
            ".",
            "-",
            "1e3",
            "NaN",
            "inf",
            "1.2.3",
            "1 000",
            "1_000",
            "1,5.2",
            "--5",
            "+-5",
            "- 5",
            "1234567890123456789",
            "0.1234567890",
            "٣",
        ] {
            assert_eq!(parse(text), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn h3_doubles_become_the_decimals_that_were_meant() {
        for (double, plain) in [(0.1 + 0.2, "0.3"), (-2.5, "-2.5"), (1e15, "1000000000000000")] {
            assert_eq!(
                from_f64(double).map(|number| number.to_string()),
                Ok(plain.to_owned())
            );
        }
        for double in [f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(from_f64(double), Err(NotANumber));
        }
    }

    proptest! {
        #[test]
        fn h3_a_number_is_written_and_read_back_unchanged(
            billionths in -999_999_999_999_999_999_999_999_999_i128..=999_999_999_999_999_999_999_999_999,
        ) {
            let number = Decimal::from_i128_with_scale(billionths, 9);
            prop_assert_eq!(parse(&number.to_string()), Ok(number));
            let stored = serde_json::to_value(number).unwrap();
            prop_assert_eq!(serde_json::from_value::<Decimal>(stored).unwrap(), number);
        }
    }
}
