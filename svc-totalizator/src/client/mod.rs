//! The command-line client: managers' own, in the same binary, because nothing else may know of
//! this service (T5). One file per command.

mod bet;
mod list;
mod place;
mod pool;
mod print;
mod session;
mod settlement;

pub use bet::Bet;
