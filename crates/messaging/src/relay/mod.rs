//! From the outbox to Kafka: one active relay per service, at least once, in order per key.

mod batch;
mod interrupted;
mod lead;
mod pump;

pub use lead::Relay;
