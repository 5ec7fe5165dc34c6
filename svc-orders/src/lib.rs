//! Orders: clients place them, matching assigns a worker to each, workers perform them with photos
//! as proof.
//!
//! Rooms: [`grpc`] receives calls, [`domain`] decides, [`store`] saves state and events, [`events`]
//! listens and converts, [`use_cases`] holds what these and [`jobs`] share. [`remote_steps`] and
//! [`photos`] talk to services of others. [`app`] puts everything together.
//!
//! Invariants:
//! - an order changes only by a command of [`domain::order`]. Its row, its history and its event
//!   are saved together (O3, G6);
//! - of two commands that race for one order, the row lock lets one win; the other is judged by the
//!   new state (O3);
//! - a worker never has two overlapping orders: an exclusion constraint refuses them (O5);
//! - as long as one active worker is free in the slot, matching assigns one, with every pipeline
//!   (O4);
//! - no network call runs inside a transaction or while a connection is held;
//! - amounts are whole minor units; one named formula sets the price, in one place (O6).
//!
//! Absent on purpose: computed balances (reflected from svc-billing), earnings of workers (a rule
//! of svc-billing), states of kits (reflected from svc-consumables), synchronous calls to other
//! services.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod photos;
pub mod remote_steps;
pub mod store;
pub mod use_cases;

pub use error::Error;

/// The tables of this service.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!();
