//! Stored words and numbers, read back into domain types.

use diesel::QueryResult;
use diesel::result::Error;
use money::{Currency, Money};

/// A stored word that must be one of an enum's.
pub(super) fn known<T>(meaning: Option<T>, word: &str) -> QueryResult<T> {
    meaning.ok_or_else(|| Error::DeserializationError(format!("unknown word {word:?}").into()))
}

/// A stored amount.
pub(super) fn money(minor_units: i64, currency: &str) -> QueryResult<Money> {
    let currency: Currency = currency
        .parse()
        .map_err(|error: money::Error| Error::DeserializationError(error.into()))?;
    Ok(Money::new(minor_units, currency))
}

/// A stored number that is never negative.
pub(super) fn count(stored: i32) -> QueryResult<u32> {
    u32::try_from(stored).map_err(|error| Error::DeserializationError(Box::new(error)))
}

/// A domain number on its way to the table.
pub(super) fn number(number: u32) -> QueryResult<i32> {
    i32::try_from(number).map_err(|error| Error::SerializationError(Box::new(error)))
}
