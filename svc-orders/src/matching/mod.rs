//! Matching with input and output around it: reads the pool, asks steps that others own, saves who was chosen.

mod matcher;
mod remote;

pub use matcher::{Explanation, Matcher, Rules};
pub use remote::Remotes;
