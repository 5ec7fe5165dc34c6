//! The calls, one file each. The five calls that every kind of entry has are in `entry`.

mod add_note;
mod close_case;
pub mod convert;
mod create_hypothesis;
mod draw_case;
mod entry;
mod get_case;
mod list_audit_entries;
mod list_cases;
mod list_hypotheses;
mod move_hypothesis;
mod open_case;

#[allow(clippy::wildcard_imports, reason = "a module for each of 25 calls")]
use entry::calls::*;
use money::Currency;
use service_host::{Clock, Database};

/// What calls work with.
#[derive(Clone)]
pub struct Api {
    pub db: Database,
    pub clock: Clock,
    /// The only currency of the deployment.
    pub currency: Currency,
}

admin_contract::dispatch!(AdminService for Api);
