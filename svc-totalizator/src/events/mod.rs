//! What is heard of orders. Nothing is ever said: this service publishes no events (T5).

mod learn;
pub mod on_order_ended;
pub mod on_order_open;
pub mod on_order_started;

pub use learn::Listener;

use messaging::Consumer;
use orders_contract::v1 as orders;

/// Adds the listener for every event of an order.
pub fn listen(consumer: Consumer, listener: Listener) -> Consumer {
    consumer
        .on::<orders::OrderPlaced, _>(listener)
        .on::<orders::OrderWaiting, _>(listener)
        .on::<orders::OrderAssigned, _>(listener)
        .on::<orders::OrderUnassigned, _>(listener)
        .on::<orders::OrderStarted, _>(listener)
        .on::<orders::OrderCompleted, _>(listener)
        .on::<orders::OrderCancelled, _>(listener)
        .on::<orders::OrderFailed, _>(listener)
}
