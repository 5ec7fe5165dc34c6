//! Listeners, one file for each kind of event, and `convert`, which turns domain events into
//! messages.

pub(crate) mod convert;
pub mod on_order;
pub mod on_service_type;
