//! From Kafka to effects: one task per partition, each event's effect exactly once, in order per
//! key.
//!
//! How "in order" and "exactly once" hold, also while two replicas believe that they own a
//! partition:
//!
//! * An event is passed only with an inbox row for it. The row is committed in one transaction with
//!   the event's effect, or with the row in `parked` that keeps the event. The second replica to
//!   reach an event waits on the primary key of the inbox for the first one's commit, then finds
//!   the row and goes on. So one replica processes each event, and only after all its predecessors.
//! * Whether a key is blocked is read *after* the inbox rows are written, when everything is
//!   visible that an overlapping owner did to earlier events. The read takes a share lock on the
//!   key's first kept row, so that the retrier cannot finish the key in between.
//! * Offsets are committed after the database. They may lag behind and never run ahead.

mod arrival;
mod builder;
mod failure;
mod housekeeping;
mod inbox;
mod intake;
mod listener;
mod partition;
mod rebalance;
mod retrier;
mod routes;
mod session;
mod take_in;

pub use builder::Consumer;
pub use listener::{On, Received, Stop, id, required};
