//! What the clock starts. Takes no input, is safe to repeat, runs in one replica at a time.

pub mod erase;
