//! svc-consumables: the department that packs a kit, with a cookie baked for that very client, for every order.
//!
//! * [`domain`]: the rules, pure.
//! * [`store`]: all SQL. [`events`], [`grpc`], [`jobs`]: what comes in. [`kit_desk`]: what calls and events both start.
//!   [`stock_desk`]: what several calls do alike.
//! * [`bakery`]: the contractor's HTTP API. [`config`], [`app`]: settings and composition.
//!
//! Invariants:
//! - stock changes by movements only, is never negative, and never has more set aside than there is: the database itself
//!   refuses anything else;
//! - an order has at most one open kit, and one cookie for ever;
//! - the bakery is never called inside a transaction, and always with the order's id as the key;
//! - nothing saves a kit without publishing what happened to it;
//! - it calls no other service.

pub mod app;
pub mod bakery;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod kit_desk;
pub mod stock_desk;
pub mod store;
pub mod wire;

/// The service's own tables. Run them beside those of service-host and messaging.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
