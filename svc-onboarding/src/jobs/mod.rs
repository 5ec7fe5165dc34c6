//! Jobs. Each takes no input, can be repeated, and runs on one replica at a time.
//!
//! A row that fails does not block the others, see [`run`].

pub mod ask_graders;
pub mod end_overdue_tests;
pub mod erase;
pub mod forget_challenges;
pub mod forget_letters;
mod run;
