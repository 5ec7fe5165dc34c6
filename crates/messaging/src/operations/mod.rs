//! The operator's view of a service's events: the contract `artel.operations.v1`, which every
//! service offers.

mod convert;
mod payload;
mod service;

pub use service::Operations;
