//! Events → announcements. Pure.

mod applications;
mod invoices;
mod kits;
mod orders;
mod quality;

use conventions::Event;
use conventions::types as pb;
use conventions::wire::{self, InvalidField, required};

use crate::domain::announcement::Announcement;
use crate::domain::facts::{Amount, Fact, Span, one_line};
use crate::domain::ids::RecipientId;
use crate::domain::recipient::{Kind, Recipient};

/// The longest name that is stored, in characters. Contracts allow no longer one.
const MAX_NAME: usize = 200;

/// An event that is announced to people.
pub trait Announced: Event {
    /// What the event means to them.
    fn announcement(&self) -> Result<Announcement, InvalidField>;
}

fn span(field: &'static str, value: Option<&pb::Slot>) -> Result<Span, InvalidField> {
    let value = required(field, value)?;
    Ok(Span {
        start: wire::time(field, value.start.as_ref())?,
        end: wire::time(field, value.end.as_ref())?,
    })
}

fn money(field: &'static str, value: Option<&pb::Money>) -> Result<Fact, InvalidField> {
    let sum = wire::to_money(required(field, value)?);
    Ok(Fact::Money(Amount(sum.map_err(|_| InvalidField(field))?)))
}

pub(super) fn recipient(
    kind: Kind,
    id: RecipientId,
    person: Option<&pb::Person>,
) -> Result<Recipient, InvalidField> {
    let person = required("person", person)?;
    Ok(Recipient {
        id,
        kind,
        // PostgreSQL refuses some control characters, mail headers others.
        name: one_line(&person.name, MAX_NAME),
        email: person.email.clone(),
        language: required("person.language", person.language.parse().ok())?,
    })
}
