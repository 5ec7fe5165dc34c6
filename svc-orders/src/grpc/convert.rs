//! Domain → wire, for what several calls answer.

mod pipeline;

use orders_contract::v1 as pb;

pub(super) use pipeline::{pipeline, to_step};

use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::matching::{Kind, Verdict};
use crate::domain::order::{Assignment, Order, Stage, State};
use crate::domain::pricing::Price;
use crate::domain::service_type::ServiceType;
use crate::domain::worker::Worker;
use crate::store::changes::Entry;
use crate::store::kits::{Kit, KitState};
use crate::store::photos::Photo;
use crate::wire;

/// The order as this viewer may see it.
pub(super) fn order(order: &Order, kits: &[Kit], viewer: Actor) -> pb::Order {
    let start = order.start_evidence();
    let (report, failure_kind, reason) = match &order.state {
        State::Completed { report, .. } => (Some(*report), pb::FailureKind::Unspecified, String::new()),
        State::Cancelled { reason, .. } => (None, pb::FailureKind::Unspecified, reason.clone()),
        State::Failed { failure, .. } => (None, wire::failure_kind(failure.kind), failure.reason.clone()),
        State::Placed { .. } | State::Assigned(_) | State::InProgress(..) => {
            (None, pb::FailureKind::Unspecified, String::new())
        }
    };
    pb::Order {
        order_id: order.id.to_string(),
        version: order.version,
        state: stage(order.stage()).into(),
        summary: Some(wire::summary(order)),
        placed_at: Some(wire::timestamp(order.placed_at)),
        waiting: matches!(order.state, State::Placed { waiting: true }),
        assignment: order.assignment().map(|one| assignment(one, viewer)),
        start_photo_id: start.map(|start| start.photo.to_string()).unwrap_or_default(),
        started_at: start.map(|start| wire::timestamp(start.at)),
        report_photo_id: report.map(|report| report.photo.to_string()).unwrap_or_default(),
        ended_at: order.ended_at().map(wire::timestamp),
        failure_kind: failure_kind.into(),
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
        assigned_at: Some(wire::timestamp(assignment.at)),
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
            .map(wire::reason)
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
        changed_at: Some(wire::timestamp(kit.changed_at)),
    }
}

/// A state's name.
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

/// The state that is meant; nothing for none.
pub(super) fn to_stage(state: pb::OrderState) -> Option<Stage> {
    Stage::ALL.into_iter().find(|known| stage(*known) == state)
}

/// One entry of an order's history.
pub(super) fn change(entry: &Entry) -> pb::OrderChange {
    pb::OrderChange {
        order_id: entry.order.to_string(),
        version: entry.version,
        event: entry.event.clone(),
        from: entry.from.map_or(pb::OrderState::Unspecified, stage).into(),
        to: stage(entry.to).into(),
        by: Some(wire::actor(entry.by)),
        at: Some(wire::timestamp(entry.at)),
    }
}

/// A price.
pub(super) fn price(price: Price) -> pb::Price {
    pb::Price {
        base: Some(wire::money(price.base)),
        discount: Some(wire::money(price.discount)),
        total: Some(wire::money(price.total)),
        discount_percent: price.discount_percent.into(),
    }
}

/// A service type at this client's price.
pub(super) fn offering(service: &ServiceType, approximate: Price) -> pb::Offering {
    pb::Offering {
        service_type_id: service.id.to_string(),
        service_type_version: service.version,
        name: service.name.clone(),
        description: service.description.clone(),
        duration: Some(wire::duration(service.duration)),
        approximate_price: Some(price(approximate)),
    }
}

/// A client.
pub(super) fn client(client: &Client) -> pb::Client {
    pb::Client {
        client_id: client.id.to_string(),
        external_id: client.profile.external_id.clone().unwrap_or_default(),
        person: Some(wire::client_person(client)),
        phone: client.profile.phone.clone(),
        registered_at: Some(wire::timestamp(client.registered_at)),
        version: client.version,
    }
}

/// A worker.
pub(super) fn worker(worker: &Worker) -> pb::Worker {
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Worker {
        worker_id: worker.id.to_string(),
        person: Some(wire::worker_person(worker)),
        status: wire::worker_status(worker.standing).into(),
        traits: wire::traits(&worker.traits),
        completed: count(worker.record.completed),
        failed: count(worker.record.failed),
        rating_count: count(worker.record.rating_count),
        rating_sum: count(worker.record.rating_sum),
        admitted_at: Some(wire::timestamp(worker.admitted_at)),
        version: worker.version,
        age: worker.age.into(),
    }
}

/// A photo's description.
pub(super) fn photo(photo: &Photo) -> pb::Photo {
    pb::Photo {
        photo_id: photo.id.to_string(),
        order_id: photo.order.to_string(),
        media_type: photo.format.media_type().to_owned(),
        size_bytes: photo.size,
        sha256: photo.sha256.clone(),
        uploaded_at: Some(wire::timestamp(photo.uploaded_at)),
    }
}

/// What a built-in step does.
pub(super) fn kind(kind: Kind) -> pb::StepKind {
    match kind {
        Kind::Requirement => pb::StepKind::Requirement,
        Kind::Filter => pb::StepKind::Filter,
        Kind::Score => pb::StepKind::Score,
        Kind::Select => pb::StepKind::Select,
    }
}

/// What a step decided.
pub(super) fn decision(verdict: &Verdict) -> pb::Decision {
    match verdict {
        Verdict::Pass(_) => pb::Decision::Pass,
        Verdict::Reject(_) => pb::Decision::Reject,
        Verdict::Score(..) => pb::Decision::Score,
    }
}
