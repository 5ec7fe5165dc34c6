use std::fmt;
use std::num::NonZeroU64;

use crate::Error;

/// An exact share: a numerator over a positive denominator. It may be negative or above one.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    pub(crate) numerator: i64,
    pub(crate) denominator: NonZeroU64,
}

const HUNDRED: NonZeroU64 = NonZeroU64::MIN.saturating_add(99);
const TEN_THOUSAND: NonZeroU64 = NonZeroU64::MIN.saturating_add(9_999);

impl Ratio {
    /// `numerator / denominator`; a zero denominator is refused.
    pub fn new(numerator: i64, denominator: u64) -> Result<Self, Error> {
        let denominator = NonZeroU64::new(denominator).ok_or(Error::ZeroDenominator)?;
        Ok(Self {
            numerator,
            denominator,
        })
    }

    /// Hundredths: `Ratio::percent(60)` is 60 %.
    pub const fn percent(percent: i64) -> Self {
        Self {
            numerator: percent,
            denominator: HUNDRED,
        }
    }

    /// Ten-thousandths: `Ratio::basis_points(1_250)` is 12.5 %.
    pub const fn basis_points(points: i64) -> Self {
        Self {
            numerator: points,
            denominator: TEN_THOUSAND,
        }
    }
}

/// Ratios are compared by value: 1/2 equals 2/4.
impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        i128::from(self.numerator) * i128::from(other.denominator.get())
            == i128::from(other.numerator) * i128::from(self.denominator.get())
    }
}

impl Eq for Ratio {}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}
