//! Forms that calls and events share: money, times, slots, owners.

use billing_contract::v1 as pb;
use chrono::{DateTime, Utc};
use conventions::wire::moment;
pub use conventions::wire::{money, timestamp};
use conventions::{Role, types};
use money::Money;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::Error;
use crate::domain::{Actor, OwnerKind, Period};

/// Money, inwards. An absent one is nothing in no currency, and refused.
pub fn parse_money(amount: Option<&types::Money>) -> Result<Money, Error> {
    let amount = amount.ok_or_else(|| Error::CurrencyUnknown(String::new()))?;
    conventions::wire::to_money(amount).map_err(|_| Error::CurrencyUnknown(amount.currency_code.clone()))
}

/// A moment, inwards. None if it is absent or no moment at all.
pub fn parse_timestamp(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    at.and_then(moment)
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

/// The id in this field. The contract's rules have checked it; what isn't one all the same is refused, never taken for
/// somebody's.
pub fn parse_id(field: &'static str, text: &str) -> Result<Uuid, Error> {
    Uuid::parse_str(text).map_err(|_| Error::NotAnId(field))
}

/// The id in a field that may be left empty.
pub fn parse_optional_id(field: &'static str, text: &str) -> Result<Option<Uuid>, Error> {
    if text.is_empty() {
        Ok(None)
    } else {
        parse_id(field, text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_is_refused_by_its_field_and_never_taken_for_somebody() {
        for text in ["", "x", "00000000-0000-0000-0000-00000000000"] {
            let refused = parse_id("worker_id", text).unwrap_err();
            assert_eq!(refused.to_string(), "worker_id must be a UUID");
            assert!(matches!(refused, Error::NotAnId("worker_id")));
        }
        assert!(parse_optional_id("order_id", "x").is_err());
        assert_eq!(parse_optional_id("order_id", "").unwrap(), None);
    }
}
