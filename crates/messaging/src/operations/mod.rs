//! The operator's view of a service's events: `artel.operations.v1`, offered by every service.

mod convert;
mod payload;
mod service;

pub use service::Operations;
