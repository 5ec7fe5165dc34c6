//! All SQL of this service.

pub mod deliveries;
pub mod notifications;
pub mod recipients;
mod schema;
