//! Conversions between the contract's messages and domain types.

mod pipeline;

use conventions::types;
use conventions::wire::{self, moment, money, timestamp};
use orders_contract::v1 as pb;
use strum::VariantArray as _;

pub(super) use pipeline::{pipeline, to_step};

use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::matching::{Kind, Verdict};
use crate::domain::order::{Assignment, Order, Stage, State};
use crate::domain::pricing::Price;
use crate::domain::service_type::ServiceType;
use crate::domain::slot::{self, Slot};
use crate::domain::worker::Worker;
use crate::events::convert::{
    actor, client_person, failure_kind, reason, summary, worker_person, worker_status,
};
use crate::store::changes::Entry;
use crate::store::kits::{Kit, KitState};
use crate::store::photos::Photo;

/// The order as the viewer may see it: only managers see why a worker was chosen.
pub(super) fn order(order: &Order, kits: &[Kit], viewer: Actor) -> pb::Order {
    let start = order.start_evidence();
    let none = pb::FailureKind::Unspecified;
    let (report, failure, reason) = match &order.state {
        State::Completed { report, .. } => (Some(*report), none, String::new()),
        State::Cancelled { reason, .. } => (None, none, reason.clone()),
        State::Failed { failure, .. } => (None, failure_kind(failure.kind), failure.reason.clone()),
        State::Placed { .. } | State::Assigned(_) | State::InProgress(..) => (None, none, String::new()),
    };
    pb::Order {
        order_id: order.id.to_string(),
        version: order.version,
        state: stage(order.stage()).into(),
        summary: Some(summary(order)),
        placed_at: Some(timestamp(order.placed_at)),
        waiting: matches!(order.state, State::Placed { waiting: true }),
        assignment: order.assignment().map(|one| assignment(one, viewer)),
        start_photo_id: start.map(|start| start.photo.to_string()).unwrap_or_default(),
        started_at: start.map(|start| timestamp(start.at)),
        report_photo_id: report.map(|report| report.photo.to_string()).unwrap_or_default(),
        ended_at: order.ended_at().map(timestamp),
        failure_kind: failure.into(),
        reason,
        kits: kits.iter().filter(|kit| kit.order == order.id).map(kit).collect(),
    }
}

fn assignment(assignment: &Assignment, viewer: Actor) -> pb::Assignment {
    let manages = matches!(viewer, Actor::Manager(_));
    pb::Assignment {
        worker_id: assignment.worker.to_string(),
        worker_name: assignment.worker_name.clone(),
        price: Some(price(assignment.price)),
        assigned_at: Some(timestamp(assignment.at)),
        pipeline: if manages {
            assignment.pipeline.clone()
        } else {
            String::new()
        },
        pipeline_version: if manages { assignment.pipeline_version } else { 0 },
        reasons: assignment
            .reasons
            .iter()
            .filter(|_| manages)
            .map(reason)
            .collect(),
    }
}

fn kit(kit: &Kit) -> pb::OrderKit {
    let state = match kit.state {
        KitState::Requested => pb::KitState::Requested,
        KitState::Collecting => pb::KitState::Collecting,
        KitState::Ready => pb::KitState::Ready,
        KitState::Issued => pb::KitState::Issued,
        KitState::Cancelled => pb::KitState::Cancelled,
    };
    pb::OrderKit {
        kit_id: kit.id.to_string(),
        state: state.into(),
        changed_at: Some(timestamp(kit.changed_at)),
    }
}

/// A slot whose bounds are missing or out of range counts as empty.
pub(super) fn to_slot(slot: Option<&types::Slot>) -> Result<Slot, slot::Error> {
    let bound = |bound: Option<&_>| bound.and_then(moment).ok_or(slot::Error::Empty);
    let slot = slot.ok_or(slot::Error::Empty)?;
    Slot::new(bound(slot.start.as_ref())?, bound(slot.end.as_ref())?)
}

pub(super) fn stage(stage: Stage) -> pb::OrderState {
    match stage {
        Stage::Placed => pb::OrderState::Placed,
        Stage::Assigned => pb::OrderState::Assigned,
        Stage::InProgress => pb::OrderState::InProgress,
        Stage::Completed => pb::OrderState::Completed,
        Stage::Cancelled => pb::OrderState::Cancelled,
        Stage::Failed => pb::OrderState::Failed,
    }
}

/// `None` for an unspecified state.
pub(super) fn to_stage(state: pb::OrderState) -> Option<Stage> {
    Stage::VARIANTS
        .iter()
        .copied()
        .find(|known| stage(*known) == state)
}

pub(super) fn change(entry: &Entry) -> pb::OrderChange {
    pb::OrderChange {
        order_id: entry.order.to_string(),
        version: entry.version,
        event: entry.event.clone(),
        from: entry.from.map_or(pb::OrderState::Unspecified, stage).into(),
        to: stage(entry.to).into(),
        by: Some(actor(entry.by)),
        at: Some(timestamp(entry.at)),
    }
}

pub(super) fn price(price: Price) -> pb::Price {
    pb::Price {
        base: Some(money(price.base)),
        discount: Some(money(price.discount)),
        total: Some(money(price.total)),
        discount_percent: price.discount_percent.into(),
    }
}

pub(super) fn offering(service: &ServiceType, approximate: Price) -> pb::Offering {
    pb::Offering {
        service_type_id: service.id.to_string(),
        service_type_version: service.version,
        name: service.name.clone(),
        description: service.description.clone(),
        duration: Some(prost_types::Duration {
            seconds: service.duration.num_seconds(),
            nanos: service.duration.subsec_nanos(),
        }),
        approximate_price: Some(price(approximate)),
    }
}

pub(super) fn client(client: &Client) -> pb::Client {
    pb::Client {
        client_id: client.id.to_string(),
        external_id: client.profile.external_id.clone().unwrap_or_default(),
        person: Some(client_person(client)),
        phone: client.profile.phone.clone(),
        registered_at: Some(timestamp(client.registered_at)),
        version: client.version,
    }
}

pub(super) fn worker(worker: &Worker) -> pb::Worker {
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Worker {
        worker_id: worker.id.to_string(),
        person: Some(worker_person(worker)),
        status: worker_status(worker.standing).into(),
        traits: wire::traits(&worker.traits),
        completed: count(worker.record.completed),
        failed: count(worker.record.failed),
        rating_count: count(worker.record.rating_count),
        rating_sum: count(worker.record.rating_sum),
        admitted_at: Some(timestamp(worker.admitted_at)),
        version: worker.version,
        age: worker.age.into(),
    }
}

pub(super) fn photo(photo: &Photo) -> pb::Photo {
    pb::Photo {
        photo_id: photo.id.to_string(),
        order_id: photo.order.to_string(),
        media_type: photo.format.media_type().to_owned(),
        size_bytes: photo.size,
        sha256: photo.sha256.clone(),
        uploaded_at: Some(timestamp(photo.uploaded_at)),
    }
}

pub(super) fn kind(kind: Kind) -> pb::StepKind {
    match kind {
        Kind::Requirement => pb::StepKind::Requirement,
        Kind::Filter => pb::StepKind::Filter,
        Kind::Score => pb::StepKind::Score,
        Kind::Select => pb::StepKind::Select,
    }
}

pub(super) fn decision(verdict: &Verdict) -> pb::Decision {
    match verdict {
        Verdict::Pass(_) => pb::Decision::Pass,
        Verdict::Reject(_) => pb::Decision::Reject,
        Verdict::Score(..) => pb::Decision::Score,
    }
}
