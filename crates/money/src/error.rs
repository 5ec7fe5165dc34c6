use crate::Currency;

/// Why an operation on money failed.
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
    /// The text is not the code of an ISO 4217 currency.
    #[error("{0:?} is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    /// The text is not an amount such as `100`, `100.00` or `-0.05`, or has more digits after the
    /// point than the currency.
    #[error("{0:?} is not an amount in {1}")]
    NotAnAmount(String, Currency),
    /// The denominator of a ratio is zero.
    #[error("the denominator of a ratio must be positive")]
    ZeroDenominator,
    /// An amount cannot be split by weights that are all zero, or by no weights.
    #[error("the weights of a split must not all be zero")]
    NoWeight,
}
