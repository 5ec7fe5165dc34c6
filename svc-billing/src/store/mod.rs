//! All SQL. Functions take a connection inside the caller's transaction and never begin one.
//!
//! What changes accounts, invoices or attempts with a known outcome is a [`messaging::Change`]: it
//! is saved together with its events.

pub mod accounts;
pub mod attempts;
pub mod blocks;
pub mod details;
pub mod invoices;
pub mod journal;
pub mod periods;
pub mod proofs;
mod row;
pub mod schema;
pub mod statements;
