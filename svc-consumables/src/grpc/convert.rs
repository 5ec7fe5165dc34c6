//! Wire ⇄ domain.

use consumables_contract::v1 as pb;
use conventions::types::{Actor, Slot};
use service_host::Refusal;
pub(super) use service_host::refusal::uuid;

use crate::domain::cookie::{self, Cookie};
use crate::domain::ids::KitId;
use crate::domain::kit::State;
use crate::store::employees::EmployeeRow;
use crate::store::kit_views::{KitView, StepRow};
use crate::store::materials::Stocked;
use crate::store::stock::MovementRow;
use crate::wire::{items, timestamp};

/// A kit's id.
pub(super) fn kit_id(text: &str) -> Result<KitId, Refusal> {
    uuid("kit_id", text).map(KitId)
}

/// A number of pieces that has passed validation.
pub(super) fn pieces(field: &str, count: i64) -> Result<u32, Refusal> {
    u32::try_from(count).map_err(|_| Refusal::invalid(field, "must be a number of pieces"))
}

pub(super) fn employee(row: &EmployeeRow) -> pb::Employee {
    pb::Employee {
        employee_id: row.id.to_string(),
        name: row.name.clone(),
        active: row.active,
        registered_at: Some(timestamp(row.registered_at)),
    }
}

pub(super) fn material(stocked: &Stocked) -> pb::Material {
    let balance = &stocked.balance;
    pb::Material {
        code: stocked.material.code.clone(),
        name: stocked.material.name.clone(),
        unit: stocked.material.unit.clone(),
        low_level: stocked.material.low_level,
        on_hand: i64::from(balance.on_hand),
        reserved: i64::from(balance.reserved),
        free: i64::from(balance.free()),
        low: balance.low,
    }
}

pub(super) fn movement(row: &MovementRow) -> pb::StockMovement {
    let kind = match row.kind.as_str() {
        "receipt" => pb::MovementKind::Receipt,
        "reservation" => pb::MovementKind::Reservation,
        "release" => pb::MovementKind::Release,
        "issue" => pb::MovementKind::Issue,
        "return" => pb::MovementKind::Return,
        "write_off" => pb::MovementKind::WriteOff,
        "correction" => pb::MovementKind::Correction,
        _ => pb::MovementKind::Unspecified,
    };
    pb::StockMovement {
        number: row.id,
        material_code: row.material_code.clone(),
        kind: kind.into(),
        on_hand_change: row.on_hand_change,
        reserved_change: row.reserved_change,
        kit_id: row.kit_id.map(|kit| kit.to_string()).unwrap_or_default(),
        reason: row.reason.clone(),
        by: Some(Actor {
            role: row.actor_role,
            id: row.actor_id.clone(),
        }),
        at: Some(timestamp(row.at)),
    }
}

pub(super) fn step(row: StepRow) -> pb::KitStep {
    pb::KitStep {
        what: row.what,
        by: Some(Actor {
            role: row.actor_role,
            id: row.actor_id,
        }),
        at: Some(timestamp(row.at)),
    }
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
        items: items(&kit.lines, &view.materials),
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

pub(super) fn kit_state(state: State) -> pb::KitState {
    match state {
        State::Requested => pb::KitState::Requested,
        State::Collecting => pb::KitState::Collecting,
        State::Ready => pb::KitState::Ready,
        State::Issued => pb::KitState::Issued,
        State::Cancelled => pb::KitState::Cancelled,
    }
}

/// The states that a filter names.
pub(super) fn states(filter: &[i32]) -> Vec<State> {
    [
        State::Requested,
        State::Collecting,
        State::Ready,
        State::Issued,
        State::Cancelled,
    ]
    .into_iter()
    .filter(|state| filter.contains(&i32::from(kit_state(*state))))
    .collect()
}
