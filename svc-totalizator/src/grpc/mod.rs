//! The calls, one file each.

mod convert;
mod get_pool;
mod get_settlement;
mod list_bets;
mod place_bet;

use money::Currency;
use service_host::{Clock, Database};

use crate::domain::pseudonym::Key;

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    /// Links managers to their pseudonyms.
    pub key: Key,
    /// The only currency of the deployment.
    pub currency: Currency,
    pub clock: Clock,
}

totalizator_contract::dispatch!(TotalizatorService for Api);
