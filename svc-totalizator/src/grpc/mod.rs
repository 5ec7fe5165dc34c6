//! The calls, one file each.

mod convert;
mod get_pool;
mod get_settlement;
mod list_bets;
mod place_bet;
mod service;

pub use service::Api;
