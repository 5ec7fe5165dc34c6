//! The rules of money, pure: no clock, no database, no network. What is decided here is carried out elsewhere.

pub mod account;
pub mod attempt;
pub mod closing;
pub mod cycle;
pub mod ids;
pub mod invoice;
pub mod rules;
pub mod seal;
pub mod settings;
pub mod transaction;

pub use account::{Account, CompanyAccount, Owner, OwnerKind};
pub use attempt::{Attempt, AttemptKind, AttemptStatus, Means, RetrySchedule, unknown_outcome_pause};
pub use closing::{Closing, Line};
pub use cycle::{Cycle, Period};
pub use ids::{
    AccountId, AttemptId, ClientId, InvoiceId, OrderId, PeriodId, PostingId, TransactionId, WorkerId,
};
pub use invoice::Invoice;
pub use rules::{Ending, OrderEnd, Rules};
pub use settings::{Calendar, Settings};
pub use transaction::{Actor, Cause, Entry, LineReason, Posting, Transaction};

#[cfg(test)]
mod tests;
