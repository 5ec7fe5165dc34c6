//! Stored numbers and words, read back into domain types.

use diesel::QueryResult;
use diesel::result::Error;

/// A stored count; the table's CHECKs keep it within 32 bits.
pub fn count(stored: i64) -> QueryResult<u32> {
    u32::try_from(stored).map_err(|error| Error::DeserializationError(Box::new(error)))
}

/// A stored word that must be one of an enum's.
pub fn known<T>(meaning: Option<T>, word: &str) -> QueryResult<T> {
    meaning.ok_or_else(|| Error::DeserializationError(format!("unknown word {word:?}").into()))
}
