//! Money as a whole number of minor units in one named currency.
//!
//! Invariants:
//! - no floats: an amount is an `i64` of minor units, a share is a [`Ratio`] of integers;
//! - amounts of different currencies never meet: every operation on two of them can answer
//!   [`Error::CurrencyMismatch`];
//! - nothing wraps: every operation is checked and can answer [`Error::Overflow`];
//! - rounding has a name: [`Money::share_half_to_even`] is the only place where it happens;
//! - what is split is never lost: [`Money::split`] returns parts that sum to the whole, always.
//!
//! Absent on purpose: exchange rates, formatting for a locale, and every word of any business.

#![warn(missing_docs)]

mod amount;
mod currency;
mod error;
mod ratio;
mod split;

pub use amount::Money;
pub use currency::Currency;
pub use error::Error;
pub use ratio::Ratio;
