//! What is heard of orders. Nothing is ever said: this service publishes no events (T5).

mod learn;
pub mod on_order_ended;
pub mod on_order_open;
pub mod on_order_started;

pub use learn::Listener;
