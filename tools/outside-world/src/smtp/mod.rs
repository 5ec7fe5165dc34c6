//! A small ESMTP server that keeps every mail it is given.
//!
//! - `session`: one connection, command by command
//! - `command`: what a line asks for
//! - `wire`: lines and the data of a mail, bounded

mod command;
mod session;
mod wire;

pub use session::serve;
