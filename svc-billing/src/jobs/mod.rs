//! Jobs. Each takes no input but the time, is safe to repeat, and may be cut off anywhere. A
//! failure does not stop the rest of a run; the first error is returned at its end.

pub mod announce_closings;
pub mod charge;
pub mod close_accounts;
mod due_attempts;
mod metrics;
pub mod open_periods;
pub mod pay_out;
pub mod prove;
pub mod seal;

use std::sync::Arc;

use tokio::sync::Notify;

/// Starts a job before its time, because there is new work for it.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// Starts [`close_accounts`].
    pub closing: Arc<Notify>,
    /// Starts [`charge`].
    pub charges: Arc<Notify>,
    /// Starts [`pay_out`].
    pub payouts: Arc<Notify>,
}
