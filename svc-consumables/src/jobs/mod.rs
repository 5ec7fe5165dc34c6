//! Work that a schedule starts: no input, safe to repeat, one replica at a time.

pub mod cookies;
