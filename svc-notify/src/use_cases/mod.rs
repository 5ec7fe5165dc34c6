//! What calls and listeners share.

pub mod announce;
