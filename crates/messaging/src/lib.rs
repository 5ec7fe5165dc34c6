//! An event's way from one service's transaction to another's.
//!
//! * [`save`] writes a [`Change`] of state and its [`Events`] into the outbox in one transaction.
//! * [`Relay`] brings it to Kafka: one active per service, at least once, in order per key.
//! * [`Consumer`] runs the listeners ([`On`]) of a service: each event's effect exactly once, in order per key. What can't
//!   be taken in waits or is parked ([`Stop`]), with later events of its key behind it; all other keys go on.
//! * [`Operations`] is the operator's view of it, the same gRPC contract in every service.
//! * [`Migrate`] is every service's `migrate`: tables ([`MIGRATIONS`]) and topics ([`topics::ensure`]).
//!
//! What never happens: an event leaves the outbox before Kafka has acknowledged it; an offset is committed before the
//! database has; a listener's effect is committed without the inbox row, or the row without the effect; a later event of a
//! key is taken in while an earlier one is kept.

#![warn(missing_docs)]

mod cloud_event;
mod consumer;
mod error;
mod inquirer;
mod kafka;
mod lag;
mod metrics;
pub mod migrate;
mod operations;
mod options;
mod outbox;
mod parking;
mod pause;
mod relay;
mod schema;
pub mod topics;
mod watch;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

pub use consumer::{Consumer, On, Received, Stop, id, required};
pub use error::Error;
pub use kafka::Kafka;
pub use migrate::Migrate;
pub use operations::Operations;
pub use options::KafkaOptions;
pub use outbox::{
    Change, Events, PipelinedChange, publish, publish_all, publish_traced, save, save_pipelined,
};
pub use relay::Relay;

/// The tables `outbox`, `inbox` and `parked`. They belong to this crate: services don't read or write them.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
