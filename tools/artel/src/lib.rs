//! The command line of Artel's internal teams and operators.
//!
//! Every command is one call of a public contract, made from the contract's descriptors: [`contracts`] finds the
//! method, [`call`] sends JSON as protobuf and reads the answer back, [`show`] prints it. [`story`] plays the company's
//! main job from end to end; the demo prints it, the whole-mesh tests assert it.
//!
//! Absent on purpose: anything that a contract does not say (no database, no broker), and one context of Artel, which
//! has a client of its own.

// Doc comments of the command line are its help texts: people read them in a terminal, where backticks are noise.
#![allow(clippy::doc_markdown, rustdoc::bare_urls)]

pub mod call;
pub mod cli;
mod commands;
pub mod contracts;
pub mod failure;
pub mod health;
pub mod keys;
pub mod mesh;
pub mod show;
pub mod status;
pub mod story;
