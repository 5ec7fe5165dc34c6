use crate::Currency;

/// Why an operation on money was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The two amounts are in different currencies.
    #[error("{left} and {right} are different currencies")]
    CurrencyMismatch {
        /// Currency of the left operand.
        left: Currency,
        /// Currency of the right operand.
        right: Currency,
    },
    /// The exact result does not fit into 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// Not the code of an ISO 4217 currency.
    #[error("{0:?} is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    /// Not an amount such as `100`, `100.00` or `-0.05`, or more digits after the point than the currency has.
    #[error("{0:?} is not an amount in {1}")]
    NotAnAmount(String, Currency),
    /// A ratio's denominator must be positive.
    #[error("a ratio needs a positive denominator")]
    ZeroDenominator,
    /// Nothing can be split in proportion to weights that are all zero (or to no weights).
    #[error("there is no weight to split by")]
    NoWeight,
}
