//! Between columns and domain types, where several tables do it the same way.

use chrono::TimeDelta;
use money::{Currency, Money};
use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::id::{ClientId, WorkerId};
use crate::domain::worker::Traits;

pub(super) fn corrupt(what: &str, value: &str) -> Error {
    Error::Corrupt(format!("{what} {value:?}"))
}

pub(super) fn currency(code: &str) -> Result<Currency, Error> {
    code.parse().map_err(|_| corrupt("currency", code))
}

pub(super) fn money(minor_units: i64, code: &str) -> Result<Money, Error> {
    Ok(Money::new(minor_units, currency(code)?))
}

pub(super) fn count(value: i32) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| corrupt("count", &value.to_string()))
}

pub(super) fn traits(value: Value) -> Result<Traits, Error> {
    serde_json::from_value(value).map_err(|error| corrupt("traits", &error.to_string()))
}

pub(super) fn traits_json(traits: &Traits) -> Value {
    traits
        .iter()
        .map(|(name, score)| (name.clone(), Value::from(*score)))
        .collect()
}

pub(super) fn duration(milliseconds: i64) -> Result<TimeDelta, Error> {
    TimeDelta::try_milliseconds(milliseconds).ok_or_else(|| corrupt("duration", &milliseconds.to_string()))
}

/// A role and an id, as the tables keep an actor.
pub(super) fn actor_columns(actor: Actor) -> (&'static str, Option<Uuid>) {
    match actor {
        Actor::Client(client) => ("client", Some(client.0)),
        Actor::Worker(worker) => ("worker", Some(worker.0)),
        Actor::Manager(manager) => ("manager", Some(manager)),
        Actor::Service => ("service", None),
        Actor::System => ("system", None),
    }
}

pub(super) fn actor(role: &str, id: Option<Uuid>) -> Result<Actor, Error> {
    match (role, id) {
        ("client", Some(id)) => Ok(Actor::Client(ClientId(id))),
        ("worker", Some(id)) => Ok(Actor::Worker(WorkerId(id))),
        ("manager", Some(id)) => Ok(Actor::Manager(id)),
        ("service", None) => Ok(Actor::Service),
        ("system", None) => Ok(Actor::System),
        (role, _) => Err(corrupt("actor", role)),
    }
}
