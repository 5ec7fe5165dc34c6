//! Events that cannot be processed now, or at all: kept in order per key, and retried or dropped.
//!
//! Of the rows of one key (without dropped ones) the first is waiting or parked, and all others
//! follow it. A transaction that removes the first row promotes the next. A partition's task that
//! adds a row holds a share lock on the key's first row, so that the row cannot be removed at the
//! same time.

mod keep;
mod operate;
mod row;
pub(crate) mod turn;

pub(crate) use keep::{NewParked, blocked, keep};
pub(crate) use operate::{
    Counts, DropRequest, Filter, OperateError, counts, drop_one, find, first_of_key, list, retry,
};
pub(crate) use row::{ParkedRow, State};
