//! The rules of money. Pure: no clock, no database, no network.

pub mod account;
pub mod attempt;
pub mod closing;
pub mod cycle;
pub mod event;
pub mod ids;
pub mod invoice;
pub mod rules;
pub mod seal;
pub mod settings;
pub mod transaction;

pub use account::{Account, CompanyAccount, Owner, OwnerKind};
pub use attempt::{
    Attempt, AttemptKind, AttemptStatus, Finished, Means, RetrySchedule, unknown_outcome_pause,
};
pub use closing::Closing;
pub use conventions::Actor;
pub use cycle::{Cycle, Period};
pub use event::Event;
pub use ids::{
    AccountId, AttemptId, ClientId, InvoiceId, OrderId, PeriodId, PostingId, TransactionId, WorkerId,
};
pub use invoice::Invoice;
pub use rules::{Ending, OrderEnd, Rules};
pub use settings::{Calendar, Settings};
pub use transaction::{Cause, Entry, LineReason, Posting, Transaction, Unbalanced};

#[cfg(test)]
mod tests;
