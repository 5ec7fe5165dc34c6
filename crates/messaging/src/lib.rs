//! Carries events from the transaction of one service to the transaction of another.
//!
//! * [`save`] writes a [`Change`] of state and its [`Events`] in one transaction. The events go to
//!   the outbox.
//! * [`Relay`] publishes them to Kafka: one active relay per service, at least once, in order per
//!   key.
//! * [`Consumer`] runs the listeners ([`On`]) of a service: each event's effect exactly once, in
//!   order per key. An event that cannot be processed waits or is parked ([`Stop`]), with later
//!   events of its key behind it. All other keys go on.
//! * [`Operations`] shows the events to operators, by the same gRPC contract in every service.
//! * [`Migrate`] is the command `migrate` of every service: tables ([`MIGRATIONS`]) and topics
//!   ([`topics::ensure`]).
//!
//! This never happens: an event leaves the outbox before Kafka has acknowledged it; an offset is
//! committed before the database transaction; a listener's effect is committed without the inbox
//! row, or the row without the effect; an event is processed while an earlier event of its key is
//! kept.

#![warn(missing_docs)]

mod backoff;
mod cloud_event;
mod consumer;
mod error;
mod kafka;
mod lag;
mod metrics;
pub mod migrate;
mod operations;
mod options;
mod outbox;
mod parking;
mod record;
mod relay;
mod schema;
pub mod topics;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

pub use consumer::{Consumer, On, Received, Stop, id, required};
pub use error::Error;
pub use kafka::Kafka;
pub use migrate::Migrate;
pub use operations::Operations;
pub use options::KafkaOptions;
pub use outbox::{Change, Events, PipelinedChange, save, save_pipelined};
pub use relay::Relay;

/// The tables `outbox`, `inbox` and `parked`. They belong to this crate: services neither read nor
/// write them.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
