//! svc-consumables: the department that packs a kit, with a cookie baked for the client, for every
//! order.
//!
//! [`domain`] holds the rules, [`store`] all SQL, [`grpc`] the calls, [`events`] the listeners,
//! [`jobs`] the job that calls the [`bakery`], [`use_cases`] what calls and listeners share.
//! [`config`] and [`app`] are settings and composition.
//!
//! Invariants:
//! - Stock changes only by movements, is never negative, and never has more reserved than on hand.
//!   The database enforces it.
//! - An order has at most one open kit, and at most one cookie.
//! - The bakery is called outside of transactions, always with the order's id as the idempotency
//!   key.
//! - A kit, a cookie and stock are saved together with their events.
//! - The service calls no other service.

pub mod app;
pub mod bakery;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod store;
pub mod use_cases;

/// The service's own tables. Run them beside those of service-host and messaging.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
