//! Values of columns as domain types.

use std::str::FromStr;

use diesel::QueryResult;
use diesel::result::Error;

/// A stored count. The tables' CHECKs keep it within 32 bits.
pub(super) fn count(stored: i64) -> QueryResult<u32> {
    u32::try_from(stored).map_err(|error| Error::DeserializationError(error.into()))
}

/// A stored word of an enum.
pub(super) fn parse<T: FromStr>(word: &str) -> QueryResult<T> {
    let unknown = || Error::DeserializationError(format!("unknown word {word:?}").into());
    word.parse().map_err(|_| unknown())
}
