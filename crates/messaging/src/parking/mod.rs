//! Events that can't be taken in now, or at all: kept in order per key, tried again, retried or dropped by an operator.
//!
//! Of one key's rows (dropped ones aside) the first is waiting or parked, all others follow. Whoever takes the first away
//! promotes the next in the same transaction. A partition's task that adds a row holds a share lock on the first one
//! meanwhile, so that it can't vanish unseen.

mod keep;
mod operate;
pub(crate) mod retrier;
mod row;
mod turn;

pub(crate) use keep::{blocked, keep, kept};
pub(crate) use operate::{
    Counts, Dropped, Filter, NotRetried, counts, drop_one, find, first_of_key, list, retry,
};
pub(crate) use row::{ParkedRow, State};
