//! What is heard of orders. Nothing is ever said: this service publishes no events (T5).

mod learn;
pub mod on_order_ended;
pub mod on_order_open;
pub mod on_order_started;

pub use learn::Listener;

use messaging::Consumer;
use orders_contract::v1 as orders;

/// Adds the listener for every event of an order.
pub fn listen(consumer: Consumer, listener: &Listener) -> Consumer {
    consumer
        .on::<orders::OrderPlaced, _>(listener.clone())
        .on::<orders::OrderWaiting, _>(listener.clone())
        .on::<orders::OrderAssigned, _>(listener.clone())
        .on::<orders::OrderUnassigned, _>(listener.clone())
        .on::<orders::OrderStarted, _>(listener.clone())
        .on::<orders::OrderCompleted, _>(listener.clone())
        .on::<orders::OrderCancelled, _>(listener.clone())
        .on::<orders::OrderFailed, _>(listener.clone())
}
