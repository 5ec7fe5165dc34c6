//! Wire ⇄ domain.

use chrono::{DateTime, Utc};
use consumables_contract::v1 as pb;
use conventions::types::Slot;
use conventions::wire::timestamp;
use conventions::{Actor, types};
use service_host::{Caller, Refusal};
use strum::VariantArray as _;

use crate::domain::cookie::{self, Cookie};
use crate::domain::ids::KitId;
use crate::domain::kit::State;
use crate::domain::stock::{Balance, Cause, Kind};
use crate::store::employees::EmployeeRow;
use crate::store::kit_views::{KitView, StepRow};
use crate::store::stock::MovementRow;

/// A number of pieces. The request's rules have checked that it is neither negative nor too large.
pub(super) fn pieces(field: &str, count: i64) -> Result<u32, Refusal> {
    u32::try_from(count).map_err(|_| Refusal::invalid(field, "must be a number of pieces"))
}

pub(super) fn cause(caller: &Caller, at: DateTime<Utc>, reason: &str) -> Cause {
    Cause {
        by: (&caller.actor()).into(),
        at,
        reason: reason.to_owned(),
    }
}

pub(super) fn employee(row: &EmployeeRow) -> pb::Employee {
    pb::Employee {
        employee_id: row.id.to_string(),
        name: row.name.clone(),
        active: row.active,
        registered_at: Some(timestamp(row.registered_at)),
    }
}

pub(super) fn material(balance: &Balance) -> pb::Material {
    let material = &balance.material;
    pb::Material {
        code: material.code.to_string(),
        name: material.name.clone(),
        unit: material.unit.clone(),
        low_level: i64::from(material.low_level),
        on_hand: i64::from(balance.on_hand),
        reserved: i64::from(balance.reserved),
        free: i64::from(balance.free()),
        low: balance.low,
    }
}

pub(super) fn movement(row: &MovementRow) -> pb::StockMovement {
    let kind = match row.kind.parse() {
        Ok(Kind::Receipt) => pb::MovementKind::Receipt,
        Ok(Kind::Reservation) => pb::MovementKind::Reservation,
        Ok(Kind::Release) => pb::MovementKind::Release,
        Ok(Kind::Issue) => pb::MovementKind::Issue,
        Ok(Kind::Return) => pb::MovementKind::Return,
        Ok(Kind::WriteOff) => pb::MovementKind::WriteOff,
        Ok(Kind::Correction) => pb::MovementKind::Correction,
        Err(_) => pb::MovementKind::Unspecified,
    };
    pb::StockMovement {
        number: row.id,
        material_code: row.material_code.clone(),
        kind: kind.into(),
        on_hand_change: row.on_hand_change,
        reserved_change: row.reserved_change,
        kit_id: row.kit_id.map(|kit| kit.to_string()).unwrap_or_default(),
        reason: row.reason.clone(),
        by: Some(actor(&row.actor_role, &row.actor_id)),
        at: Some(timestamp(row.at)),
    }
}

pub(super) fn step(row: StepRow) -> pb::KitStep {
    pb::KitStep {
        by: Some(actor(&row.actor_role, &row.actor_id)),
        what: row.what,
        at: Some(timestamp(row.at)),
    }
}

fn actor(role: &str, id: &str) -> types::Actor {
    (&Actor::stored(role, id.to_owned())).into()
}

pub(super) fn kit(view: &KitView) -> pb::Kit {
    let (kit, order) = (&view.kit, &view.order);
    pb::Kit {
        kit_id: kit.id.to_string(),
        order_id: kit.order.to_string(),
        state: kit_state(kit.state).into(),
        version: i64::from(kit.version),
        worker_id: kit.worker.to_string(),
        worker_name: order.worker_name.clone(),
        client_id: order.client.to_string(),
        client_name: order.client_name.clone(),
        service_type_name: order.service_type_name.clone(),
        place: order.place.clone(),
        slot: Some(Slot {
            start: Some(timestamp(order.slot_start)),
            end: Some(timestamp(order.slot_end)),
        }),
        items: kit.lines.iter().map(pb::KitItem::from).collect(),
        acceptance_form: kit.acceptance_form.clone(),
        cookie: view
            .cookie
            .as_ref()
            .filter(|_| kit.with_cookie)
            .map(|cookie| self::cookie(cookie, kit.id)),
        collector_id: kit
            .collector
            .map(|collector| collector.to_string())
            .unwrap_or_default(),
        collector_name: view.collector_name.clone(),
        without_cookie_reason: kit.without_cookie.clone().unwrap_or_default(),
        cancel_reason: kit.cancel_reason.clone().unwrap_or_default(),
        requested_at: Some(timestamp(kit.requested_at)),
        changed_at: Some(timestamp(kit.changed_at)),
        steps: Vec::new(),
    }
}

fn cookie(cookie: &Cookie, kit: KitId) -> pb::Cookie {
    let state = match cookie.state {
        cookie::State::Requested => pb::CookieState::Requested,
        cookie::State::Baking => pb::CookieState::Baking,
        cookie::State::Delivered => pb::CookieState::Delivered,
        cookie::State::Failed => pb::CookieState::Failed,
        cookie::State::Cancelled => pb::CookieState::Cancelled,
    };
    pb::Cookie {
        state: state.into(),
        late: cookie.late,
        expected_at: Some(timestamp(cookie.expected_at)),
        in_kit: cookie.placed_in == Some(kit),
        problem: cookie.problem.clone().unwrap_or_default(),
    }
}

fn kit_state(state: State) -> pb::KitState {
    match state {
        State::Requested => pb::KitState::Requested,
        State::Collecting => pb::KitState::Collecting,
        State::Ready => pb::KitState::Ready,
        State::Issued => pb::KitState::Issued,
        State::Cancelled => pb::KitState::Cancelled,
    }
}

/// The states named by a filter.
pub(super) fn states(filter: &[i32]) -> Vec<State> {
    let all = State::VARIANTS.iter().copied();
    all.filter(|state| filter.contains(&i32::from(kit_state(*state))))
        .collect()
}
