//! Domain events as messages of the contract, and the parts of them that calls return as well.
//! Pure.

use chrono::{DateTime, Utc};
use conventions::types;
use conventions::wire::{self, money, timestamp};
use messaging::Events;
use orders_contract::v1 as pb;

use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::matching::Reason;
use crate::domain::order::{Change, Event, FailureKind, Order};
use crate::domain::worker::{Standing, Worker};

pub(crate) fn clients<'a>(new: impl Iterator<Item = &'a Client>) -> Events {
    let mut events = Events::none();
    for client in new {
        events.push(&pb::ClientState {
            client_id: client.id.to_string(),
            version: client.version,
            person: Some(client_person(client)),
            registered_at: Some(timestamp(client.registered_at)),
            changed_at: Some(timestamp(client.registered_at)),
        });
    }
    events
}

pub(crate) fn worker(worker: &Worker, changed_at: DateTime<Utc>) -> Events {
    Events::of(&pb::WorkerState {
        worker_id: worker.id.to_string(),
        version: worker.version,
        person: Some(worker_person(worker)),
        status: worker_status(worker.standing).into(),
        admitted_at: Some(timestamp(worker.admitted_at)),
        changed_at: Some(timestamp(changed_at)),
    })
}

/// New orders, each with the trace that its event continues.
pub(crate) fn placed(orders: &[(&Order, Option<String>)]) -> Events {
    let mut events = Events::none();
    for (order, trace) in orders {
        let event = pb::OrderPlaced {
            order_id: order.id.to_string(),
            order: Some(summary(order)),
            version: order.version,
            at: Some(timestamp(order.placed_at)),
            by: Some(actor(Actor::Client(order.client))),
        };
        events.push_traced(&event, trace.clone());
    }
    events
}

/// An event of an order: the fields that all have in common, then its own.
macro_rules! event {
    ($kind:ident, $change:expr $(, $field:ident: $value:expr)* $(,)?) => {
        Events::of(&pb::$kind {
            order_id: $change.order.id.to_string(),
            order: Some(summary(&$change.order)),
            version: $change.order.version,
            at: Some(timestamp($change.at)),
            by: Some(actor($change.by)),
            $($field: $value,)*
        })
    };
}

pub(crate) fn changed(change: &Change) -> Events {
    match &change.event {
        Event::Waiting => event!(OrderWaiting, change),
        Event::Assigned(assignment) => event!(
            OrderAssigned,
            change,
            worker_id: assignment.worker.to_string(),
            price: Some(money(assignment.price.total)),
            worker_name: assignment.worker_name.clone(),
            discount_percent: assignment.price.discount_percent.into(),
            pipeline_version: assignment.pipeline_version,
            discount: Some(money(assignment.price.discount)),
            pipeline: assignment.pipeline.clone(),
            reasons: assignment.reasons.iter().map(reason).collect(),
        ),
        Event::Unassigned { worker, reason } => event!(
            OrderUnassigned,
            change,
            worker_id: worker.to_string(),
            reason: reason.clone(),
        ),
        Event::Started { worker, photo } => event!(
            OrderStarted,
            change,
            worker_id: worker.to_string(),
            photo_id: photo.to_string(),
        ),
        Event::Completed { worker, price, photo } => event!(
            OrderCompleted,
            change,
            worker_id: worker.to_string(),
            price: Some(money(*price)),
            photo_id: photo.to_string(),
        ),
        // The contract's worker and price are empty for an order that was not assigned.
        Event::Cancelled { assignment, reason } => event!(
            OrderCancelled,
            change,
            worker_id: assignment.as_ref().map(|one| one.worker.to_string()).unwrap_or_default(),
            price: assignment.as_ref().map(|one| money(one.price.total)),
            reason: reason.clone(),
        ),
        Event::Failed {
            worker,
            price,
            failure,
        } => event!(
            OrderFailed,
            change,
            worker_id: worker.to_string(),
            price: Some(money(*price)),
            kind: failure_kind(failure.kind).into(),
            reason: failure.reason.clone(),
        ),
    }
}

pub(crate) fn actor(actor: Actor) -> types::Actor {
    use conventions::Role;
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

pub(crate) fn client_person(client: &Client) -> types::Person {
    types::Person {
        name: client.profile.name.clone(),
        email: client.profile.email.clone(),
        language: client.profile.language.clone(),
    }
}

pub(crate) fn worker_person(worker: &Worker) -> types::Person {
    types::Person {
        name: worker.name.clone(),
        email: worker.email.clone(),
        language: worker.language.clone(),
    }
}

pub(crate) fn worker_status(standing: Standing) -> pb::WorkerStatus {
    match standing {
        Standing::Active => pb::WorkerStatus::Active,
        Standing::Suspended => pb::WorkerStatus::Suspended,
    }
}

pub(crate) fn failure_kind(kind: FailureKind) -> pb::FailureKind {
    match kind {
        FailureKind::NoShow => pb::FailureKind::NoShow,
        FailureKind::Reported => pb::FailureKind::Reported,
    }
}

pub(crate) fn reason(reason: &Reason) -> pb::MatchReason {
    pb::MatchReason {
        step: reason.step.clone(),
        // A remote step may give a longer reason than the contract allows.
        why: reason.why.chars().take(1_000).collect(),
        scored: reason.score.is_some(),
        score: reason
            .score
            .map_or(0, |score| score.as_millionths().try_into().unwrap_or(0)),
    }
}

pub(crate) fn summary(order: &Order) -> pb::OrderSummary {
    pb::OrderSummary {
        client_id: order.client.to_string(),
        client_name: order.client_name.clone(),
        service_type_id: order.service.id.to_string(),
        service_type_version: order.service.version,
        service_type_name: order.service.name.clone(),
        description: order.brief.description.clone(),
        place: order.brief.place.clone(),
        slot: Some(wire::slot(order.slot.start(), order.slot.end())),
        contact: order.brief.contact.clone(),
        repeat_of: order.repeats.map(|order| order.to_string()).unwrap_or_default(),
    }
}
