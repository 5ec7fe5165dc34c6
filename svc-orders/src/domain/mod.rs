//! What an order is and how it is matched. Pure: no clock, no network, no database; the time comes
//! in as `now`.

pub mod actor;
pub mod client;
pub mod ids;
pub mod matching;
pub mod order;
pub mod photo;
pub mod pricing;
pub mod service_type;
pub mod slot;
pub mod worker;
