//! Reading what events carry.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use conventions::types as pb;
use money::Money;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::domain::facts::{Fact, Span, one_line};
use crate::domain::recipient::{Kind, Recipient};

/// Longest name kept, in characters: what contracts allow.
const NAME_CHARS: usize = 200;

/// An event says something that makes no sense here.
#[derive(Debug, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Unreadable {
    field: &'static str,
    why: String,
}

impl Unreadable {
    /// What is wrong with which field.
    pub fn new(field: &'static str, why: impl Display) -> Self {
        Self {
            field,
            why: why.to_string(),
        }
    }
}

/// What the field holds; an error where it holds nothing.
pub fn present<'a, T>(field: &'static str, value: Option<&'a T>) -> Result<&'a T, Unreadable> {
    value.ok_or_else(|| Unreadable::new(field, "is missing"))
}

/// A moment.
pub fn time(field: &'static str, value: Option<&Timestamp>) -> Result<DateTime<Utc>, Unreadable> {
    let value = present(field, value)?;
    conventions::wire::moment(value).ok_or_else(|| Unreadable::new(field, "is no moment"))
}

/// A half-open interval.
pub fn span(field: &'static str, value: Option<&pb::Slot>) -> Result<Span, Unreadable> {
    let value = present(field, value)?;
    Ok(Span {
        start: time(field, value.start.as_ref())?,
        end: time(field, value.end.as_ref())?,
    })
}

/// A sum that must be there.
pub fn money(field: &'static str, value: Option<&pb::Money>) -> Result<Fact, Unreadable> {
    present(field, value)?;
    money_if_any(field, value)
}

/// A sum, or nothing.
pub fn money_if_any(field: &'static str, value: Option<&pb::Money>) -> Result<Fact, Unreadable> {
    let Some(value) = value else {
        return Ok(Fact::Nothing);
    };
    let currency = value
        .currency_code
        .parse()
        .map_err(|error| Unreadable::new(field, error))?;
    Ok(Fact::money(Some(Money::new(value.minor_units, currency))))
}

/// An id that must be there.
pub fn id(field: &'static str, value: &str) -> Result<Uuid, Unreadable> {
    Uuid::from_str(value).map_err(|error| Unreadable::new(field, error))
}

/// An id, or none where the text is empty.
pub fn id_if_any(field: &'static str, value: &str) -> Result<Option<Uuid>, Unreadable> {
    if value.is_empty() {
        Ok(None)
    } else {
        id(field, value).map(Some)
    }
}

/// Somebody to write to.
pub fn recipient(kind: Kind, id: Uuid, person: Option<&pb::Person>) -> Result<Recipient, Unreadable> {
    let person = present("person", person)?;
    Ok(Recipient {
        id,
        kind,
        // One line without control characters: PostgreSQL refuses some, headers others.
        name: one_line(&person.name, NAME_CHARS),
        email: person.email.clone(),
        language: person
            .language
            .parse()
            .map_err(|error| Unreadable::new("person.language", error))?,
    })
}
