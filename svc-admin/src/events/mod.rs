//! Events: the listeners, and the conversion of this service's own events.

pub mod convert;
mod on_kit;
mod on_order;

use consumables_contract::v1 as consumables;
use messaging::Consumer;
use orders_contract::v1 as orders;

pub use on_kit::OnKit;
pub use on_order::OnOrder;

/// Registers every listener.
pub fn listen(consumer: Consumer) -> Consumer {
    consumer
        .on::<orders::OrderPlaced, _>(OnOrder)
        .on::<orders::OrderWaiting, _>(OnOrder)
        .on::<orders::OrderAssigned, _>(OnOrder)
        .on::<orders::OrderUnassigned, _>(OnOrder)
        .on::<orders::OrderStarted, _>(OnOrder)
        .on::<orders::OrderCompleted, _>(OnOrder)
        .on::<orders::OrderCancelled, _>(OnOrder)
        .on::<orders::OrderFailed, _>(OnOrder)
        .on::<consumables::KitRequested, _>(OnKit)
        .on::<consumables::KitCollecting, _>(OnKit)
        .on::<consumables::KitReady, _>(OnKit)
        .on::<consumables::KitIssued, _>(OnKit)
        .on::<consumables::KitCancelled, _>(OnKit)
        .on::<consumables::CookieOrdered, _>(OnKit)
        .on::<consumables::CookieDelivered, _>(OnKit)
        .on::<consumables::CookieLate, _>(OnKit)
        .on::<consumables::CookieFailed, _>(OnKit)
}
