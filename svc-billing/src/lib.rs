//! svc-billing: the ledger, invoices, charges and payouts.
//!
//! * [`domain`]: the rules, pure. [`store`]: all SQL.
//! * [`grpc`], `events`, [`jobs`]: calls, listeners and jobs. [`use_cases`]: what they share.
//! * [`gateways`]: payment gateways and the payout provider. [`document`]: an invoice as a PDF.
//!
//! Invariants, held by the database and verified by `svc-billing verify`:
//! * a transaction has at least two postings that sum to zero, its cause is unique, and it never
//!   changes;
//! * a balance is the sum of its postings: the statement that writes the postings moves it, and
//!   nothing else does;
//! * an account is closed once per period, a line is in at most one invoice, an invoice is settled
//!   at most once;
//! * no other service is called, and no provider is called inside a transaction. The id of an
//!   attempt is the provider's idempotency key, and the request under it never changes.

pub mod app;
pub mod config;
pub mod document;
pub mod domain;
mod error;
pub mod events;
pub mod gateways;
pub mod grpc;
pub mod jobs;
pub mod store;
pub mod use_cases;

pub use error::Error;

/// Billing's own tables, besides those of `service-host` and `messaging`.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
