//! Exact decimal numbers of answers. Floats would call 1.1 more than 0.1 away from 1.0.

use serde::{Deserialize, Serialize};

/// A decimal with at most 18 digits before and nine after the point, kept exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    billionths: i128,
}

/// Text that is not such a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number is written with at most 18 digits before and 9 after the decimal point")]
pub struct NotANumber;

const WHOLE_DIGITS: usize = 18;
const FRACTION_DIGITS: usize = 9;
const ONE: i128 = 1_000_000_000;

impl Decimal {
    /// Reads `-12.5`; a decimal comma and surrounding blanks are accepted, exponents are not.
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(NotANumber);
        }
        let billionths = part(whole, WHOLE_DIGITS)? * ONE
            + part(&format!("{fraction:0<FRACTION_DIGITS$}"), FRACTION_DIGITS)?;
        Ok(Self {
            billionths: if negative { -billionths } else { billionths },
        })
    }

    /// The nearest decimal to what an author's form sent as a double.
    pub fn from_f64(number: f64) -> Result<Self, NotANumber> {
        Self::parse(&format!("{number:.FRACTION_DIGITS$}"))
    }

    /// The distance between two numbers, never negative.
    pub fn distance(self, other: Self) -> Self {
        Self {
            billionths: (self.billionths - other.billionths).abs(),
        }
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        self.billionths < 0
    }
}

fn part(digits: &str, longest: usize) -> Result<i128, NotANumber> {
    if digits.len() > longest || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotANumber);
    }
    if digits.is_empty() {
        return Ok(0);
    }
    digits.parse().map_err(|_| NotANumber)
}

impl TryFrom<String> for Decimal {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        Self::parse(&text)
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let size = self.billionths.abs();
        let fraction = format!("{:09}", size % ONE);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{fraction}", size / ONE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            assert_eq!(
                Decimal::parse(text).map(|number| number.to_string()),
                Ok(plain.to_owned())
            );
        }
    }

    #[test]
    fn h3_what_is_no_number_is_refused() {
        for text in [
            "",
            ".",
            "-",
            "1e3",
            "NaN",
            "inf",
            "1.2.3",
            "1 000",
            "1234567890123456789",
            "0.1234567890",
            "٣",
        ] {
            assert_eq!(Decimal::parse(text), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn h3_doubles_become_the_decimals_that_were_meant() {
        for (double, plain) in [(0.1 + 0.2, "0.3"), (-2.5, "-2.5"), (1e15, "1000000000000000")] {
            assert_eq!(
                Decimal::from_f64(double).map(|number| number.to_string()),
                Ok(plain.to_owned())
            );
        }
        for double in [f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Decimal::from_f64(double), Err(NotANumber));
        }
    }

    proptest! {
        #[test]
        fn h3_a_number_survives_being_written_and_read(billionths in -999_999_999_999_999_999_999_999_i128..=999_999_999_999_999_999_999_999) {
            let number = Decimal { billionths };
            prop_assert_eq!(Decimal::parse(&number.to_string()), Ok(number));
        }
    }
}
