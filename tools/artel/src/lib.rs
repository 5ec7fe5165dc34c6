//! The command line of Artel's internal teams and operators.
//!
//! Every command is one call of a public contract, made from the contract's descriptors:
//! [`contracts`] finds the method, [`call`] sends JSON as protobuf and decodes the answer, [`show`]
//! prints it. [`story`] plays the life of an order from end to end: the demo prints it, the tests
//! of the whole mesh assert it.
//!
//! Deliberately absent: access to databases or the broker, and one context of Artel, which
//! has its own client.

// Doc comments of commands are help texts, which are read in a terminal without Markdown.
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
