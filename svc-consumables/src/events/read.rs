//! Order events → what the department knows of an order.

use chrono::{DateTime, Utc};
use conventions::types::Actor;
use messaging::Stop;
use orders_contract::v1::OrderSummary;
use prost_types::Timestamp;
use uuid::Uuid;

use crate::domain::cookie::Patience;
use crate::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};
use crate::domain::order::Order;
use crate::kit_desk::Asked;

/// An order as one event tells it.
pub(super) fn order(
    id: &str,
    version: i64,
    summary: Option<&OrderSummary>,
    worker: &str,
) -> Result<Order, Stop> {
    let summary = summary.ok_or_else(|| Stop::refused("the event has no order"))?;
    let slot = summary.slot.as_ref();
    Ok(Order {
        id: OrderId(uuid(id)?),
        version,
        client: ClientId(uuid(&summary.client_id)?),
        client_name: summary.client_name.clone(),
        worker: match worker {
            "" => None,
            worker => Some(self::worker(worker)?),
        },
        worker_name: String::new(),
        service_type: ServiceTypeId(uuid(&summary.service_type_id)?),
        service_type_version: summary.service_type_version,
        service_type_name: summary.service_type_name.clone(),
        description: summary.description.clone(),
        place: summary.place.clone(),
        slot_start: time(slot.and_then(|slot| slot.start.as_ref()))?,
        slot_end: time(slot.and_then(|slot| slot.end.as_ref()))?,
        over: false,
    })
}

/// Who caused the event, and when.
pub(super) fn asked(by: Option<&Actor>, at: Option<&Timestamp>, patience: Patience) -> Result<Asked, Stop> {
    Ok(Asked {
        by: by
            .cloned()
            .ok_or_else(|| Stop::refused("the event doesn't say who"))?,
        at: time(at)?,
        patience,
    })
}

pub(super) fn worker(id: &str) -> Result<WorkerId, Stop> {
    uuid(id).map(WorkerId)
}

pub(super) fn uuid(text: &str) -> Result<Uuid, Stop> {
    text.parse()
        .map_err(|_| Stop::refused(format!("{text:?} is not a UUID")))
}

fn time(timestamp: Option<&Timestamp>) -> Result<DateTime<Utc>, Stop> {
    timestamp
        .and_then(conventions::wire::moment)
        .ok_or_else(|| Stop::refused("the event has no valid time"))
}
