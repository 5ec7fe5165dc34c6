//! All SQL. Functions take a connection that is in the caller's transaction, and never begin one of their own.

pub mod accounts;
pub mod attempts;
pub mod blocks;
pub mod details;
pub mod invoices;
pub mod journal;
pub mod periods;
pub mod proofs;
pub mod schema;
pub mod statements;
