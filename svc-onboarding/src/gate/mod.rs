//! What stands between the public and the database (H1): each thing here is cheap, and bounded in memory.
//!
//! A call from the public passes, in this order: the limit per address on calls of any kind; for applications the proof
//! of work, the memory of used challenges, and the limits per address and network; then the lane.

mod guard;
mod lane;
mod replays;
mod sender;

pub use guard::{Gate, Proof};
pub use lane::{Lane, Turn};
