use std::fmt;

/// How well a sample does at one step: 0..=1 in millionths, so that a replay gives exactly the same choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u32);

/// How much a step's score counts: 0..=100 in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u32);

impl Score {
    /// The worst.
    pub const ZERO: Self = Self(0);
    /// The best.
    pub const ONE: Self = Self(1_000_000);

    /// So many millionths; more than a million is one.
    pub fn millionths(millionths: u64) -> Self {
        u32::try_from(millionths).map_or(Self::ONE, |millionths| Self(millionths).min(Self::ONE))
    }

    /// `part / whole`, cut down to millionths; more than one is one, of nothing is zero.
    pub fn ratio(part: u64, whole: u64) -> Self {
        let millionths = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
        Self::millionths(u64::try_from(millionths).unwrap_or(u64::MAX))
    }

    /// The number of millionths.
    pub fn as_millionths(self) -> u32 {
        self.0
    }

    /// One minus the score.
    pub fn inverse(self) -> Self {
        Self(Self::ONE.0 - self.0)
    }
}

impl Weight {
    /// Counts once.
    pub const ONE: Self = Self(1_000);
    /// The most that a step may count.
    pub const MOST: Self = Self(100_000);

    /// So many thousandths; `None` above [`Self::MOST`].
    pub fn thousandths(thousandths: u32) -> Option<Self> {
        Some(Self(thousandths)).filter(|weight| *weight <= Self::MOST)
    }

    /// The number of thousandths.
    pub fn as_thousandths(self) -> u32 {
        self.0
    }

    /// The weighted score, in thousand-millionths.
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
