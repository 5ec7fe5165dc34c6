//! From Kafka to effects: one task per partition, each event's effect exactly once, in order per key.
//!
//! How order and "once" hold, also while two replicas believe that they own a partition:
//!
//! * Nobody passes an event without an inbox row for it, committed in one transaction with its effect or with the row in
//!   `parked` that keeps it. Whoever comes second at an event waits for the first one's commit on the inbox's primary key,
//!   then finds the row and goes on. So each event is taken in by one of them, and only after all its predecessors.
//! * Whether a key is blocked is asked *after* the inbox rows were written, therefore after anything that an overlapping
//!   owner did to earlier events is visible; and with a share lock on the key's first kept row, so that the retrier can't
//!   finish the key in between.
//! * Offsets are committed after the database. They may lag behind, never run ahead.

mod arrival;
mod batch;
mod builder;
mod failure;
mod housekeeping;
mod inbox;
mod listener;
mod partition;
mod rebalance;
mod session;

pub(crate) use arrival::{Arrival, Plan, Record};
pub(crate) use batch::{Cause, Outcome, apply};
pub use builder::Consumer;
pub(crate) use builder::Intake;
pub(crate) use failure::{Failed, Verdict};
pub use listener::{On, Received, Stop, id, required};
