//! Scores from 0 to 100.

use serde::{Deserialize, Serialize};

/// 0 (nothing right) to 100 (everything right).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

/// A score outside 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a score is a whole number from 0 to 100")]
pub struct OutOfRange;

impl Score {
    pub const NONE: Self = Self(0);
    pub const FULL: Self = Self(100);

    pub fn new(value: i64) -> Result<Self, OutOfRange> {
        match u8::try_from(value) {
            Ok(value) if value <= 100 => Ok(Self(value)),
            _ => Err(OutOfRange),
        }
    }

    /// `part` of `whole` in per cent, rounded half up. A part larger than the whole counts as the
    /// whole; the share of nothing is 0.
    pub fn share(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::NONE;
        }
        let part = u128::from(part.min(whole));
        let whole = u128::from(whole);
        let percent = (part * 200 + whole) / (whole * 2);
        u8::try_from(percent).map_or(Self::FULL, Self)
    }

    pub fn value(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Score {
    type Error = OutOfRange;

    fn try_from(value: u8) -> Result<Self, OutOfRange> {
        Self::new(value.into())
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn h4_a_score_lies_between_0_and_100() {
        assert_eq!(Score::new(0), Ok(Score::NONE));
        assert_eq!(Score::new(100), Ok(Score::FULL));
        assert_eq!(Score::new(101), Err(OutOfRange));
        assert_eq!(Score::new(-1), Err(OutOfRange));
    }

    #[test]
    fn h4_shares_are_rounded_half_up() {
        assert_eq!(Score::share(1, 3).value(), 33);
        assert_eq!(Score::share(2, 3).value(), 67);
        assert_eq!(Score::share(1, 200).value(), 1);
        assert_eq!(Score::share(0, 0), Score::NONE);
    }

    proptest! {
        #[test]
        fn h4_a_share_is_never_out_of_range_and_grows_with_its_part(part in any::<u64>(), whole in any::<u64>()) {
            let score = Score::share(part, whole);
            prop_assert!(score.value() <= 100);
            prop_assert!(Score::share(part.saturating_add(1), whole) >= score);
        }
    }
}
