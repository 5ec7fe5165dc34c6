//! Wire ⇄ domain.

pub mod case;
pub mod manager;
pub mod service_type;
pub mod test;
pub mod vacancy;

use chrono::{DateTime, Utc};
use conventions::wire::moment;
pub use conventions::wire::{money, timestamp as time};
use conventions::{Role, types};
use money::Money;
pub use service_host::refusal::uuid as id;
use service_host::{Caller, Refusal};
use uuid::Uuid;

use crate::domain::Actor;

/// A time from the wire; `None` if it is missing or beyond the calendar.
pub fn read_time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    moment(&at?)
}

/// Who did it, on the wire.
pub fn actor(actor: &Actor) -> types::Actor {
    let role = if actor.role == Role::System.claim() {
        Some(Role::System)
    } else {
        Role::from_claim(&actor.role)
    };
    types::Actor {
        role: role.unwrap_or(Role::Unspecified).into(),
        id: actor.id.clone(),
    }
}

/// Who did it, from the wire.
pub fn read_actor(actor: &types::Actor) -> Actor {
    Actor {
        role: actor.role().claim().to_owned(),
        id: actor.id.clone(),
    }
}

/// Who is calling.
pub fn caller(caller: &Caller) -> Actor {
    read_actor(&caller.actor())
}

/// An id of a request that may be empty.
pub fn read_optional_id(field: &str, text: &str) -> Result<Option<Uuid>, Refusal> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

/// Ids of a request, each once. The contract's rule compares them as texts; the same id in other letters passes it.
pub fn ids(field: &str, texts: &[String]) -> Result<Vec<Uuid>, Refusal> {
    let mut ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let id = id(&field, text)?;
        if ids.contains(&id) {
            return Err(Refusal::invalid(field, "is there twice; name each once"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// An id that may be absent, on the wire.
pub fn optional_id(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A duration on the wire.
pub fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

/// A duration from the wire, in whole seconds.
pub fn read_seconds(field: &str, duration: Option<&prost_types::Duration>) -> Result<i64, Refusal> {
    match duration {
        Some(prost_types::Duration { seconds, nanos: 0 }) => Ok(*seconds),
        _ => Err(Refusal::invalid(field, "must be whole seconds")),
    }
}

/// Money from the wire.
pub fn read_money(field: &str, money: Option<&types::Money>) -> Result<Money, Refusal> {
    let money = money.ok_or_else(|| missing(field))?;
    let currency = money
        .currency_code
        .parse()
        .map_err(|_| Refusal::invalid(format!("{field}.currency_code"), "must be an ISO 4217 code"))?;
    Ok(Money::new(money.minor_units, currency))
}

/// A required message that isn't there. The contract's rules say so first; this keeps the types honest.
pub fn missing(field: &str) -> Refusal {
    Refusal::invalid(field, "is required")
}
