//! What the clock starts. No input, safe to repeat, one replica at a time.
//!
//! A row that can't be worked on never keeps the others waiting: see [`round::Round`].

pub mod ask_graders;
pub mod end_overdue_tests;
pub mod erase;
pub mod forget_challenges;
pub mod forget_letters;
mod round;
