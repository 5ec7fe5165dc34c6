//! All SQL of the service, one file per aggregate. Whoever bets or settles holds the order's lock.

pub mod bets;
pub mod orders;
mod read;
mod schema;
pub mod settlements;
