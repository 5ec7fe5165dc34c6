//! What this service hears and says: one file per kind of event listened to, and [`publish`].

pub mod on_order_assigned;
pub mod on_order_cancelled;
pub mod on_order_completed;
pub mod on_order_failed;
pub mod on_order_unassigned;
pub mod on_service_type;
pub mod publish;
mod read;
