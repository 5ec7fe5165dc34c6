//! Admin: what managers configure and review.
//!
//! Rooms: [`grpc`] answers calls, [`use_cases`] edits entries, [`domain`] decides, [`store`] has
//! all SQL, [`events`] listens and converts, [`app`] composes the service.
//!
//! Invariants:
//! - A version of an entry is never changed; an edit makes the next version (A1, held by the
//!   database).
//! - Every change that a manager makes is saved together with its line in the audit log (A5).
//!   Entries and cases are saved together with their events.
//! - An order has at most one quality case (A2, held by the database).
//! - At least one root manager is in use, once there was one.

pub mod app;
pub mod config;
pub mod create_root;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod store;
pub mod use_cases;

/// The tables of this service.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!();
