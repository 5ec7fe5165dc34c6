use std::fmt;

/// A sample's score at one step, 0..=1 in millionths: integers make a replay choose the same
/// worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u32);

/// The factor of a step's scores: 0..=100 in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u32);

impl Score {
    pub const ZERO: Self = Self(0);
    pub const ONE: Self = Self(1_000_000);

    /// More than a million millionths is [`Self::ONE`].
    pub fn millionths(millionths: u64) -> Self {
        u32::try_from(millionths).map_or(Self::ONE, |millionths| Self(millionths).min(Self::ONE))
    }

    /// `part / whole`, rounded down to millionths and capped at one. A `whole` of zero counts as
    /// one.
    pub fn ratio(part: u64, whole: u64) -> Self {
        let millionths = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
        Self::millionths(u64::try_from(millionths).unwrap_or(u64::MAX))
    }

    pub fn as_millionths(self) -> u32 {
        self.0
    }

    /// One minus the score.
    pub fn inverse(self) -> Self {
        Self(Self::ONE.0 - self.0)
    }
}

impl Weight {
    pub const ONE: Self = Self(1_000);
    pub const MAX: Self = Self(100_000);

    /// `None` above [`Self::MAX`].
    pub fn thousandths(thousandths: u32) -> Option<Self> {
        Some(Self(thousandths)).filter(|weight| *weight <= Self::MAX)
    }

    pub fn as_thousandths(self) -> u32 {
        self.0
    }

    /// The weighted score, in units of 10⁻⁹.
    pub(super) fn times(self, score: Score) -> u64 {
        u64::from(self.0) * u64::from(score.0)
    }
}

/// Three digits: `0.833`.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000_000, self.0 % 1_000_000 / 1_000)
    }
}
