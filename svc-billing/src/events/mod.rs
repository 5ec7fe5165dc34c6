//! What billing hears and what it says.

pub mod on_client_state;
pub mod on_order_cancelled;
pub mod on_order_completed;
pub mod on_order_failed;
pub mod on_worker_state;
pub mod publish;
mod settle;
