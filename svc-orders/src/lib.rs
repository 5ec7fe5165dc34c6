//! Orders: clients place them, matching gives each to a worker, workers perform them with photos as proof.
//!
//! Rooms: [`grpc`] takes commands, [`domain`] decides, [`store`] keeps, [`events`] tells and listens, [`matching`] runs
//! the domain's pipelines with input and output around them, [`jobs`] is what the clock starts, [`photos`] keeps
//! evidence, [`wire`] translates, [`app`] puts it together.
//!
//! Invariants:
//! - an order changes only by a command of [`domain::order`] and is saved only by [`store::orders::save`], which writes
//!   the row, its history and its event together (O3, G6);
//! - two commands that race for one order: the row lock lets one win, the other is judged by what it left (O3);
//! - a worker never has two overlapping orders: an exclusion constraint refuses it, whatever the code believes (O5);
//! - as long as one active worker is free in the slot, matching assigns one (O4), whatever the pipeline;
//! - nobody is asked over the network inside a transaction, or while a connection is held;
//! - amounts are whole minor units; the price is set in one place, by one named formula (O6).
//!
//! Absent on purpose: balances (reflected, never computed), what a worker earns (billing's rule), kits (reflected),
//! synchronous calls to other services.

pub mod app;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod matching;
pub mod photos;
pub mod store;
pub mod wire;

pub use error::Error;

/// This service's own tables.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations = diesel_migrations::embed_migrations!();
