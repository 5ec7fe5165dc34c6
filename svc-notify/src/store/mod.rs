//! All SQL of this service, one file per table.

pub mod deliveries;
pub mod notifications;
pub mod recipients;
mod schema;
