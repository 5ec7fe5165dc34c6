use std::cmp::Ordering;
use std::fmt;

use crate::{Currency, Error, Ratio};

/// An amount of money: minor units (kopecks, cents) of one currency. May be negative.
///
/// Two amounts may have different currencies, so that comparison and addition are methods with a
/// `Result` instead of `Ord` and `+`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// An amount in minor units: `Money::new(10_000, Currency::RUB)` is 100.00 RUB.
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// Zero in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Parses `100`, `100.00` or `-0.05`. More digits after the point than the currency has are
    /// refused, not rounded.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Error> {
        let wrong = || Error::NotAnAmount(text.chars().take(32).collect(), currency);
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(wrong()),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let places = currency.minor_digits() as usize;
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > places {
            return Err(wrong());
        }
        let sign = if negative { "-" } else { "" };
        format!("{sign}{whole}{fraction:0<places$}")
            .parse()
            .map(|minor_units| Self {
                minor_units,
                currency,
            })
            .map_err(|_| Error::Overflow)
    }

    /// The number of minor units.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor_units > 0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.minor_units < 0
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// The sum of two amounts in one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, Error> {
        self.same_currency(other)?;
        self.with(self.minor_units.checked_add(other.minor_units))
    }

    /// The difference of two amounts in one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, Error> {
        self.same_currency(other)?;
        self.with(self.minor_units.checked_sub(other.minor_units))
    }

    /// The amount with the opposite sign.
    pub fn checked_neg(self) -> Result<Self, Error> {
        self.with(self.minor_units.checked_neg())
    }

    /// The sum of all amounts; zero in `currency` if there are none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Compares two amounts in one currency.
    pub fn compare(self, other: Self) -> Result<Ordering, Error> {
        self.same_currency(other)?;
        Ok(self.minor_units.cmp(&other.minor_units))
    }

    /// This share of the amount, rounded to the nearest minor unit, with half to even.
    pub fn share_half_to_even(self, ratio: Ratio) -> Result<Self, Error> {
        let denominator = i128::from(ratio.denominator.get());
        let product = i128::from(self.minor_units) * i128::from(ratio.numerator);
        let (floor, rest) = (product.div_euclid(denominator), product.rem_euclid(denominator));
        // 0 <= rest < denominator < 2^64, so twice the rest fits.
        let up = match (rest * 2).cmp(&denominator) {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => floor.rem_euclid(2),
        };
        self.with(i64::try_from(floor + up).ok())
    }

    fn same_currency(self, other: Self) -> Result<(), Error> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Error::CurrencyMismatch {
            left: self.currency,
            right: other.currency,
        })
    }

    fn with(self, minor_units: Option<i64>) -> Result<Self, Error> {
        let minor_units = minor_units.ok_or(Error::Overflow)?;
        Ok(Self { minor_units, ..self })
    }
}

/// The amount with the currency's own number of digits, and its code: `-0.05 RUB`, `1200 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let places = self.currency.minor_digits() as usize;
        let digits = format!("{:0>width$}", self.minor_units.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let point = if places == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction} {}", self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
