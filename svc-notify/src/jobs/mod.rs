//! What the clock starts.

pub mod deliver;
