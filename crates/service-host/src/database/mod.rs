//! PostgreSQL: a lazy connection pool, transactions, and locks for one replica.
//!
//! The database may be away when the process starts: connections are opened on demand and replaced
//! when they are lost. A server that accepts statements without answering counts as away: calls
//! that wait for it fail, and new calls are refused until it answers again.

mod connect;
mod exclusive;
mod failure;
mod measure;
mod pool;
mod presence;
mod refusal;
mod rows;
mod sqlstate;
mod statements;
mod transaction;

pub use exclusive::Exclusive;
pub use failure::{Failure, is_away, is_cancelled, is_contention, is_lock_timeout, is_out_of_resources};
pub use pool::{Committed, Connection, Database};
pub use rows::{InsertRows, column};
pub use sqlstate::sqlstate;
pub use transaction::Body;
pub(crate) use transaction::{Transaction, retry};
