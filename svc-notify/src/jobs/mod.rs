//! Work that a schedule starts.

pub mod deliver;
