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
mod sqlstate;
mod statements;
mod transaction;

pub use exclusive::Exclusive;
pub(crate) use failure::is_nul;
pub use failure::{Failure, is_away, is_cancelled, is_contention, is_lock_timeout, is_out_of_resources};
pub use pool::{Committed, Connection, Database};
pub use rows::{InsertRows, column};
pub use sqlstate::sqlstate;
pub use transaction::{Body, savepoint};
pub(crate) use transaction::{Isolation, Transaction, again_and_again};
