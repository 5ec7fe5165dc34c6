//! Protects the database from public calls (H1). All checks are cheap, and their memory is bounded.
//!
//! A public call passes, in this order: the rate limit of its address; for an application the proof
//! of work, the record of used challenges, and the limits per address and network; the lane.

mod guard;
mod lane;
mod sender;
mod used_challenges;

pub use guard::{Gate, Proof};
pub use lane::Permit;
