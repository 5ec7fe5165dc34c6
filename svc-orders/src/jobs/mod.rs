//! Work that runs at intervals: without input, safe to repeat, on one replica at a time.

pub mod expiry;
pub mod matching;
pub mod no_show;
