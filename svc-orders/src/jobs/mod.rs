//! What the clock starts. No input, safe to repeat, one replica at a time.

pub mod expiry;
pub mod matching;
pub mod no_show;
