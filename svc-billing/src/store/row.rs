//! Values of columns as domain types.

use std::str::FromStr;

use diesel::QueryResult;
use diesel::result::Error::DeserializationError;
use money::{Currency, Money};

use crate::domain::Owner;

/// A stored word of an enum.
pub(super) fn parse<T: FromStr>(word: &str) -> QueryResult<T> {
    let unknown = || DeserializationError(format!("unknown word {word:?}").into());
    word.parse().map_err(|_| unknown())
}

pub(super) fn money(minor_units: i64, currency: &str) -> QueryResult<Money> {
    Ok(Money::new(minor_units, parse::<Currency>(currency)?))
}

pub(super) fn owner(kind: &str, name: &str) -> QueryResult<Owner> {
    let unknown = || DeserializationError(format!("unknown owner: {kind} {name:?}").into());
    Owner::stored(parse(kind)?, name).ok_or_else(unknown)
}
