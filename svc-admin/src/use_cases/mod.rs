//! What calls and the command line share. Everything here runs inside a transaction.

pub mod catalogue;
