//! svc-notify: tells people what happened, by mail and in their own feed (N1–N5).
//!
//! [`domain`] holds the routing table, the facts of letters and the retry schedule, [`templates`]
//! the letters, [`events`] what each event means to people, [`use_cases`] how notifications are
//! made, [`jobs`] how they are sent through the [`mail`] server, [`grpc`] the calls, [`store`] all
//! SQL. [`config`] and [`app`] are settings and composition.
//!
//! Invariants:
//! - The service publishes no events, and calls only the mail server.
//! - A notification and its delivery are written in the transaction of the event's inbox row.
//! - One event, one recipient and one template make one notification, always with the same id.
//! - Text that a person wrote never becomes markup or a mail header.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod mail;
pub mod store;
pub mod templates;
pub mod use_cases;

/// The service's own tables. Run them beside those of service-host and messaging.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
