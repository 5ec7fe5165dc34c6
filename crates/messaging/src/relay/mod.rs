//! From the outbox to Kafka: one active relay per service, at least once, in order per key.

mod deliver;
mod lead;
mod pump;

pub use lead::Relay;
