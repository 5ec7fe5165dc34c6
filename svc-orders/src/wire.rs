//! Between domain types and the contract's messages, where calls and events do it the same way.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use conventions::Role;
use conventions::types;
pub use conventions::wire::{moment, money, timestamp, to_money};
use orders_contract::v1 as pb;
pub use service_host::refusal::uuid as to_uuid;

use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::matching::Reason;
use crate::domain::order::{FailureKind, Order};
use crate::domain::slot::{self, Slot};
use crate::domain::worker::{Standing, Traits, Worker};

/// A length of time from the wire, to the millisecond; `None` where it is negative or beyond measure.
pub fn time_delta(duration: prost_types::Duration) -> Option<TimeDelta> {
    let nanos = u32::try_from(duration.nanos).ok()?;
    let seconds = u64::try_from(duration.seconds).ok()?;
    let delta = TimeDelta::from_std(std::time::Duration::new(seconds, nanos)).ok()?;
    TimeDelta::try_milliseconds(delta.num_milliseconds())
}

/// A length of time as the wire has it.
pub fn duration(delta: TimeDelta) -> prost_types::Duration {
    prost_types::Duration {
        seconds: delta.num_seconds(),
        nanos: delta.subsec_nanos(),
    }
}

/// A slot as the wire has it.
pub fn slot(slot: Slot) -> types::Slot {
    types::Slot {
        start: Some(timestamp(slot.start())),
        end: Some(timestamp(slot.end())),
    }
}

/// A slot from the wire. What is no moment is no slot.
pub fn to_slot(slot: Option<&types::Slot>) -> Result<Slot, slot::Error> {
    let bound = |bound: Option<&prost_types::Timestamp>| bound.and_then(moment).ok_or(slot::Error::Empty);
    let slot = slot.ok_or(slot::Error::Empty)?;
    Slot::new(bound(slot.start.as_ref())?, bound(slot.end.as_ref())?)
}

/// Who did something.
pub fn actor(actor: Actor) -> types::Actor {
    let (role, id) = match actor {
        Actor::Client(client) => (Role::Client, client.to_string()),
        Actor::Worker(worker) => (Role::Worker, worker.to_string()),
        Actor::Manager(manager) => (Role::Manager, manager.to_string()),
        Actor::Service => (Role::Service, String::new()),
        Actor::System => (Role::System, String::new()),
    };
    types::Actor {
        role: role.into(),
        id,
    }
}

/// Traits as the wire has them.
pub fn traits(traits: &Traits) -> Vec<types::Trait> {
    traits
        .iter()
        .map(|(name, score)| types::Trait {
            name: name.clone(),
            score: i32::from(*score),
        })
        .collect()
}

/// Traits from the wire, whose rules bound each score to 0..=100.
pub fn to_traits(traits: &[types::Trait]) -> Traits {
    traits
        .iter()
        .map(|one| {
            (
                one.name.clone(),
                u8::try_from(one.score.clamp(0, 100)).unwrap_or(0),
            )
        })
        .collect::<BTreeMap<_, _>>()
}

/// A client's name, address and language.
pub fn client_person(client: &Client) -> types::Person {
    types::Person {
        name: client.profile.name.clone(),
        email: client.profile.email.clone(),
        language: client.profile.language.clone(),
    }
}

/// A worker's name, address and language.
pub fn worker_person(worker: &Worker) -> types::Person {
    types::Person {
        name: worker.name.clone(),
        email: worker.email.clone(),
        language: worker.language.clone(),
    }
}

/// Whether a worker is matched.
pub fn worker_status(standing: Standing) -> pb::WorkerStatus {
    match standing {
        Standing::Active => pb::WorkerStatus::Active,
        Standing::Suspended => pb::WorkerStatus::Suspended,
    }
}

/// In which way an order went wrong.
pub fn failure_kind(kind: FailureKind) -> pb::FailureKind {
    match kind {
        FailureKind::NoShow => pb::FailureKind::NoShow,
        FailureKind::Reported => pb::FailureKind::Reported,
    }
}

/// Why a worker was chosen.
pub fn reason(reason: &Reason) -> pb::MatchReason {
    pb::MatchReason {
        step: reason.step.clone(),
        why: reason.why.chars().take(1_000).collect(),
        scored: reason.score.is_some(),
        score: reason
            .score
            .map_or(0, |score| score.as_millionths().try_into().unwrap_or(0)),
    }
}

/// The order as it was placed.
pub fn summary(order: &Order) -> pb::OrderSummary {
    pb::OrderSummary {
        client_id: order.client.to_string(),
        client_name: order.client_name.clone(),
        service_type_id: order.service.id.to_string(),
        service_type_version: order.service.version,
        service_type_name: order.service.name.clone(),
        description: order.brief.description.clone(),
        place: order.brief.place.clone(),
        slot: Some(slot(order.slot)),
        contact: order.brief.contact.clone(),
        repeat_of: order.repeats.map(|order| order.to_string()).unwrap_or_default(),
    }
}
