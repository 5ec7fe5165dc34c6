//! PostgreSQL: a lazy pool, transactions, and locks that one replica holds.
//!
//! Nothing here needs the database to be there when the process starts: connections are made when they are asked for,
//! and a lost one is replaced. A server that takes questions and does not answer is as good as gone: whatever waits for it
//! fails, and nothing more is asked until it answers again.

mod connect;
mod exclusive;
mod failure;
mod measure;
mod pool;
mod presence;
mod rows;
mod statements;
mod transaction;

pub use exclusive::Exclusive;
pub use failure::{Failure, is_contention};
pub(crate) use failure::{is_away, is_nul, is_timeout};
pub use pool::{Committed, Connection, Database};
pub use rows::{InsertRows, column};
pub use transaction::{Body, savepoint};
pub(crate) use transaction::{Isolation, Transaction, again_and_again};
