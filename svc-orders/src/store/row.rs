//! Conversions between columns and domain types that several tables share.

use std::fmt::Display;
use std::str::FromStr;

use chrono::TimeDelta;
use money::Money;
use serde_json::Value;
use uuid::Uuid;

use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::ids::{ClientId, WorkerId};
use crate::domain::worker::Traits;

pub(super) fn corrupt(column: &str, value: impl Display) -> Error {
    Error::Corrupt(format!("{column} is {value}"))
}

/// A text column that stores an enum or a currency.
pub(super) fn parse<T: FromStr>(column: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| corrupt(column, text))
}

pub(super) fn money(minor_units: i64, currency: &str) -> Result<Money, Error> {
    Ok(Money::new(minor_units, parse("currency", currency)?))
}

pub(super) fn count(value: i32) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| corrupt("count", value))
}

pub(super) fn traits(value: Value) -> Result<Traits, Error> {
    serde_json::from_value(value).map_err(|error| corrupt("traits", error))
}

pub(super) fn traits_json(traits: &Traits) -> Value {
    traits
        .iter()
        .map(|(name, score)| (name.clone(), Value::from(*score)))
        .collect()
}

pub(super) fn duration(milliseconds: i64) -> Result<TimeDelta, Error> {
    TimeDelta::try_milliseconds(milliseconds).ok_or_else(|| corrupt("duration", milliseconds))
}

/// The columns `actor_role` and `actor_id`.
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
        (role, _) => Err(corrupt("actor_role", role)),
    }
}
