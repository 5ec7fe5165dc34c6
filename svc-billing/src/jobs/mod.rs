//! What the clock starts. Every job takes no input but the time, is safe to repeat, and may be cut off anywhere.
//! What fails does not keep the rest: a job goes on, and gives the first error back at its end.

pub mod announce_closings;
pub mod charge;
pub mod close_accounts;
pub mod open_periods;
pub mod pay_out;
pub mod prove;
pub mod seal;

use std::sync::Arc;

use tokio::sync::Notify;

/// Starts a job before its time: somebody has just written down work for it.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// For [`close_accounts`].
    pub closing: Arc<Notify>,
    /// For [`charge`].
    pub charges: Arc<Notify>,
    /// For [`pay_out`].
    pub payouts: Arc<Notify>,
}
