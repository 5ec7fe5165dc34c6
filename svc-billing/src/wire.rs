//! Forms that calls and events share: money, times, slots, owners.

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::{Role, types};
use money::Money;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::Error;
use crate::domain::{Actor, OwnerKind, Period};

/// Money, outwards.
pub fn money(amount: Money) -> types::Money {
    types::Money {
        currency_code: amount.currency().code().to_owned(),
        minor_units: amount.minor_units(),
    }
}

/// Money, inwards. An absent one is nothing in no currency, and refused.
pub fn parse_money(amount: Option<&types::Money>) -> Result<Money, Error> {
    let amount = amount.ok_or_else(|| Error::CurrencyUnknown(String::new()))?;
    let currency = amount
        .currency_code
        .parse()
        .map_err(|_| Error::CurrencyUnknown(amount.currency_code.clone()))?;
    Ok(Money::new(amount.minor_units, currency))
}

/// A moment, outwards.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// A moment, inwards. None if it is absent or no moment at all.
pub fn parse_timestamp(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

/// A period, outwards.
pub fn slot(period: Period) -> types::Slot {
    types::Slot {
        start: Some(timestamp(period.starts_at)),
        end: Some(timestamp(period.ends_at)),
    }
}

/// Whose, outwards. The company's own accounts have no such word.
pub fn owner_kind(kind: OwnerKind) -> pb::OwnerKind {
    match kind {
        OwnerKind::Client => pb::OwnerKind::Client,
        OwnerKind::Worker => pb::OwnerKind::Worker,
        OwnerKind::Company => pb::OwnerKind::Unspecified,
    }
}

/// Whose, inwards. None where the caller left it open.
pub fn parse_owner_kind(kind: pb::OwnerKind) -> Option<OwnerKind> {
    match kind {
        pb::OwnerKind::Client => Some(OwnerKind::Client),
        pb::OwnerKind::Worker => Some(OwnerKind::Worker),
        pb::OwnerKind::Unspecified => None,
    }
}

/// Who did it, outwards.
pub fn actor(by: &Actor) -> types::Actor {
    let role = if by.role == Role::System.claim() {
        Role::System
    } else {
        Role::from_claim(&by.role).unwrap_or(Role::Unspecified)
    };
    types::Actor {
        role: role.into(),
        id: by.id.clone(),
    }
}

/// Who did it, inwards.
pub fn parse_actor(by: &types::Actor) -> Actor {
    Actor {
        role: by.role().claim().to_owned(),
        id: by.id.clone(),
    }
}

/// An id that the contract's rules have checked. What isn't one all the same is nobody's.
pub fn parse_id(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap_or_default()
}
