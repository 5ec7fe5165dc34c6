//! Times, sums, slots, traits and ids on the wire, to and from Rust values.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use money::Money;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::types;

/// A time on the wire.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    // Below 10^9, or below 2·10^9 in a leap second; both fit.
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp {
        seconds: at.timestamp(),
        nanos,
    }
}

/// A time from the wire, cut to the microsecond, because PostgreSQL stores no more: a stored time
/// must equal the one that was sent. `None` if it is out of range.
pub fn moment(at: &Timestamp) -> Option<DateTime<Utc>> {
    let nanos = u32::try_from(at.nanos).ok()?;
    DateTime::from_timestamp(at.seconds, nanos - nanos % 1_000)
}

/// A field of a message that is missing, or whose value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidField(pub &'static str);

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field {} is missing or malformed", self.0)
    }
}

impl std::error::Error for InvalidField {}

/// The value of a field that must be there.
///
/// # Errors
/// [`InvalidField`] if it is missing.
pub fn required<T>(field: &'static str, value: Option<T>) -> Result<T, InvalidField> {
    value.ok_or(InvalidField(field))
}

/// The id in a field.
///
/// # Errors
/// [`InvalidField`] if the text is not a UUID.
pub fn id(field: &'static str, text: &str) -> Result<Uuid, InvalidField> {
    text.parse().map_err(|_| InvalidField(field))
}

/// The id in a field that may be empty.
///
/// # Errors
/// [`InvalidField`] if the text is neither empty nor a UUID.
pub fn optional_id(field: &'static str, text: &str) -> Result<Option<Uuid>, InvalidField> {
    if text.is_empty() {
        return Ok(None);
    }
    id(field, text).map(Some)
}

/// The time in a field that must be there.
///
/// # Errors
/// [`InvalidField`] if it is missing or out of range.
pub fn time(field: &'static str, at: Option<&Timestamp>) -> Result<DateTime<Utc>, InvalidField> {
    required(field, at.and_then(moment))
}

/// A sum on the wire.
pub fn money(amount: Money) -> types::Money {
    types::Money {
        currency_code: amount.currency().code().to_owned(),
        minor_units: amount.minor_units(),
    }
}

/// A sum from the wire.
///
/// # Errors
/// An unknown currency code.
pub fn to_money(amount: &types::Money) -> Result<Money, money::Error> {
    Ok(Money::new(amount.minor_units, amount.currency_code.parse()?))
}

/// A half-open interval on the wire.
pub fn slot(start: DateTime<Utc>, end: DateTime<Utc>) -> types::Slot {
    types::Slot {
        start: Some(timestamp(start)),
        end: Some(timestamp(end)),
    }
}

/// Traits on the wire, in order of their names.
pub fn traits(traits: &BTreeMap<String, u8>) -> Vec<types::Trait> {
    let one = |(name, score): (&String, &u8)| types::Trait {
        name: name.clone(),
        score: i32::from(*score),
    };
    traits.iter().map(one).collect()
}

/// Traits from the wire. The rules of [`types::Trait`] bound each score to 0..=100.
pub fn to_traits(traits: &[types::Trait]) -> BTreeMap<String, u8> {
    let one = |one: &types::Trait| {
        let score = u8::try_from(one.score.clamp(0, 100)).unwrap_or(0);
        (one.name.clone(), score)
    };
    traits.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use money::Currency;

    use super::*;

    #[test]
    fn g4_a_time_is_read_back_to_the_microsecond() {
        let at = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap();
        assert_eq!(
            moment(&timestamp(at)),
            DateTime::from_timestamp(1_800_000_000, 123_456_000)
        );
    }

    #[test]
    fn g4_a_time_out_of_range_is_refused() {
        for (seconds, nanos) in [(0, -1), (i64::MAX, 0), (0, i32::MAX)] {
            assert_eq!(moment(&Timestamp { seconds, nanos }), None, "{seconds} {nanos}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named() {
        assert_eq!(id("order_id", "x"), Err(InvalidField("order_id")));
        assert_eq!(optional_id("worker_id", "x"), Err(InvalidField("worker_id")));
        assert_eq!(optional_id("worker_id", ""), Ok(None));
        assert_eq!(time("at", None), Err(InvalidField("at")));
        let refused = InvalidField("at").to_string();
        assert_eq!(refused, "the field at is missing or malformed");
    }

    #[test]
    fn g1_a_sum_is_read_back_unchanged() {
        let sum = Money::new(-10_050, Currency::RUB);
        assert_eq!(to_money(&money(sum)), Ok(sum));
        assert!(
            to_money(&types::Money {
                currency_code: "XXX".into(),
                minor_units: 1
            })
            .is_err()
        );
    }
}
