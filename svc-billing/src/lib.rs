//! svc-billing: who owes whom how much, and how it is settled.
//!
//! * `domain`: the rules, pure. `store`: all SQL. `grpc`, `events`, `jobs`: the three ways in. `gateways`: those who move
//!   real money. `document`: an invoice on paper. `audit`: the proof that the ledger is what was booked.
//!
//! Invariants, held by the database and proved by `svc-billing verify`:
//! * a transaction has two postings or more, they sum to zero, its cause is unique, and it never changes;
//! * a balance is the sum of its postings: it moves in the statement that writes them, and in no other way;
//! * an account is closed once per period, a line is in at most one invoice, an invoice is settled at most once;
//! * nothing calls another service, and no provider is asked inside of a transaction. An attempt's id is the provider's
//!   idempotency key, and what is asked under it never changes.

pub mod app;
pub mod audit;
pub mod config;
pub mod document;
pub mod domain;
mod error;
pub mod events;
pub mod gateways;
pub mod grpc;
pub mod jobs;
mod metrics;
pub mod store;
pub mod wire;

pub use error::Error;

/// Billing's own tables. Run beside those of `service-host` and `messaging`.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
