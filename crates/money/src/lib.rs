//! Money as a whole number of minor units in one named currency.
//!
//! Invariants:
//! - There are no floats: an amount is an `i64` of minor units, a share is a [`Ratio`] of integers.
//! - Amounts in different currencies are never combined: every operation on two amounts can fail
//!   with [`Error::CurrencyMismatch`].
//! - Nothing wraps: every operation is checked and can fail with [`Error::Overflow`].
//! - [`Money::share_half_to_even`] is the only operation that rounds.
//! - The parts that [`Money::split`] returns always sum to the whole.
//!
//! The crate deliberately has no exchange rates, no formatting for a locale, and no business terms.

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
