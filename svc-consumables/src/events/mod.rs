//! What this service hears and says: one file per kind of news, and [`publish`].

pub mod on_order_assigned;
pub mod on_order_over;
pub mod on_order_unassigned;
pub mod on_service_type;
pub mod publish;
mod read;
