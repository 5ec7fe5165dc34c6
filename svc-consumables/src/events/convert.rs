//! Domain events → wire. Pure; `store` publishes the result.

use consumables_contract::v1 as pb;
use conventions::types::Slot;
use conventions::wire::timestamp;
use messaging::Events;

use crate::domain::line::Line;
use crate::domain::{cookie, kit, stock};

/// A message with the fields that all events of a kit have in common.
macro_rules! message {
    ($kind:ident of $kit:expr, $version:expr, $by:expr $(, $field:ident: $value:expr)* $(,)?) => {
        pb::$kind {
            order_id: $kit.order.to_string(),
            kit_id: $kit.id.to_string(),
            worker_id: $kit.worker.to_string(),
            version: i64::from($version),
            at: Some(timestamp($kit.changed_at)),
            by: Some($by.into()),
            $($field: $value),*
        }
    };
}

/// The event of a kit's change.
///
/// A reassigned kit that is ready is announced as ready again, so that its new worker is told. A
/// ready kit that is extended is announced as collected again.
pub(crate) fn kit(change: &kit::Change<'_>) -> Events {
    use kit::{Event, State};
    let (kit, version, by) = (change.kit, change.kit.version, change.by);
    match (change.event.clone(), kit.state) {
        (Event::Requested { order }, _) => Events::of(&message!(
            KitRequested of kit, version, by,
            client_name: order.client_name,
            worker_name: order.worker_name,
            service_type_name: order.service_type_name,
            slot: Some(Slot {
                start: Some(timestamp(order.slot_start)),
                end: Some(timestamp(order.slot_end)),
            }),
            items: kit.lines.iter().map(pb::KitItem::from).collect(),
        )),
        (Event::Collecting | Event::Extended, State::Collecting) => {
            Events::of(&message!(KitCollecting of kit, version, by))
        }
        (Event::Ready { service_type_name } | Event::Reassigned { service_type_name }, State::Ready) => {
            Events::of(&message!(KitReady of kit, version, by, service_type_name: service_type_name))
        }
        (Event::Issued { without_cookie }, _) => Events::of(&message!(
            KitIssued of kit, version, by,
            with_cookie: kit.with_cookie && without_cookie.is_none(),
            reason_without_cookie: without_cookie.unwrap_or_default(),
        )),
        (Event::Cancelled { reason }, _) => {
            Events::of(&message!(KitCancelled of kit, version, by, reason: reason))
        }
        (Event::Collecting | Event::Extended | Event::Ready { .. } | Event::Reassigned { .. }, _) => {
            Events::none()
        }
    }
}

/// The events of a cookie's change.
pub(crate) fn cookie(change: &cookie::Change) -> Events {
    use cookie::Event;
    let mut events = Events::none();
    for (kit, version, event) in change.announcements() {
        let by = &change.by;
        match event {
            Event::Ordered => events.push(&message!(CookieOrdered of kit, version, by)),
            Event::Delivered => events.push(&message!(CookieDelivered of kit, version, by)),
            Event::Late => events.push(&message!(CookieLate of kit, version, by)),
            Event::Failed { reason } => {
                events.push(&message!(CookieFailed of kit, version, by, reason: reason.clone()));
            }
        }
    }
    events
}

/// Low stock.
pub(crate) fn stock(change: &stock::Change) -> Events {
    let low = change.became_low.iter().map(|balance| pb::StockLow {
        material_code: balance.material.code.to_string(),
        material_name: balance.material.name.clone(),
        unit: balance.material.unit.clone(),
        available: i64::from(balance.free()),
        threshold: i64::from(balance.material.low_level),
        at: Some(timestamp(change.cause.at)),
    });
    low.collect::<Vec<_>>().iter().collect()
}

impl From<&Line> for pb::KitItem {
    fn from(line: &Line) -> Self {
        Self {
            material_code: line.material.code.to_string(),
            material_name: line.material.name.clone(),
            unit: line.material.unit.clone(),
            quantity: i64::from(line.needed),
            short: i64::from(line.short()),
        }
    }
}
