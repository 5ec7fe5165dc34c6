//! What billing announces about invoices. Changes of accounts are announced by the store as the
//! whole account, because the database computes the balance.

use chrono::{DateTime, Utc};

use super::{Attempt, Invoice};

/// The last time of each variant is when it happened.
#[derive(Debug, Clone)]
pub enum Event {
    InvoiceIssued(Invoice),
    PaymentSucceeded(Attempt, Invoice, DateTime<Utc>),
    /// The first time is that of the next attempt.
    PaymentFailed(Attempt, Invoice, Option<DateTime<Utc>>, DateTime<Utc>),
    InvoiceOverdue(Invoice, DateTime<Utc>),
    PayoutMade(Attempt, Invoice, DateTime<Utc>),
    PayoutFailed(Attempt, Invoice, DateTime<Utc>),
}
