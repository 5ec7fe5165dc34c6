//! Admin: what managers configure and review.
//!
//! Rooms: [`grpc`] takes commands, [`catalogue`] edits entries, [`domain`] decides, [`store`] keeps, [`events`] tells
//! and listens, [`app`] puts it together.
//!
//! Invariants:
//! - an entry's version is never changed; an edit makes the next one (A1, held by the database);
//! - nothing that a manager changes is saved without its line in the audit log (A5): the stores write it with the change,
//!   and nobody else can; entries and cases are not saved without their events either;
//! - an order has at most one quality case (A2, held by the database);
//! - there is always a root manager in use.

pub mod app;
pub mod catalogue;
pub mod clock;
pub mod config;
pub mod create_root;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod store;

/// This service's own tables.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!();
