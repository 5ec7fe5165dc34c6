//! An attempt to charge a client or to pay a worker out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use super::invoice::{Invoice, Status};
use super::{
    AccountId, Actor, AttemptId, Cause, Entry, Event, InvoiceId, OwnerKind, Transaction, Unbalanced, rules,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AttemptKind {
    /// From a client, through a payment gateway.
    Charge,
    /// To a worker, through the payout provider.
    Payout,
}

impl AttemptKind {
    /// How invoices of this kind of owner are settled.
    pub fn for_owner(kind: OwnerKind) -> Self {
        match kind {
            OwnerKind::Client => Self::Charge,
            OwnerKind::Worker | OwnerKind::Company => Self::Payout,
        }
    }

    /// The status of an invoice after its last attempt failed.
    pub fn status_when_failed(self) -> Status {
        match self {
            Self::Charge => Status::Overdue,
            Self::Payout => Status::PayoutFailed,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AttemptStatus {
    /// To be made when due, or made with an unknown outcome.
    Pending,
    /// A payout that the provider accepted and has not made yet.
    Accepted,
    /// Money moved. Final.
    Succeeded,
    /// No money moved. Final.
    Failed,
}

impl AttemptStatus {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// A provider, and the provider's token for the payer or payee.
#[derive(Clone, PartialEq, Eq)]
pub struct Means {
    /// The kind of a gateway, such as `card`.
    pub provider: String,
    /// The card, wallet or beneficiary. A secret: never logged, never shown.
    pub token: String,
}

impl fmt::Debug for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Means({}, …)", self.provider)
    }
}

/// One attempt to settle an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub kind: AttemptKind,
    pub invoice: InvoiceId,
    pub account: AccountId,
    /// Counts the attempts of the invoice, from 1.
    pub number: u32,
    pub status: AttemptStatus,
    /// Fixed at the first request, because a repeated request must be the same request.
    pub means: Option<Means>,
    /// The provider's id of the charge or payout; empty until it is known.
    pub reference: String,
    /// Why the attempt failed, or why its outcome is unknown.
    pub reason: String,
    /// How many requests were sent to the provider.
    pub tries: u32,
    /// When the next request is due.
    pub due_at: DateTime<Utc>,
    /// When the outcome became known.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An attempt with a known outcome, and everything that follows from it.
#[derive(Debug, Clone)]
pub struct Finished {
    pub attempt: Attempt,
    /// The invoice with its new status.
    pub invoice: Invoice,
    /// The ledger's record of the money that moved.
    pub booking: Option<Transaction>,
    /// When the next attempt is due.
    pub retry_at: Option<DateTime<Utc>>,
    pub events: Vec<Event>,
}

impl Attempt {
    /// Money moved: the invoice is paid, and the ledger shows it.
    pub fn succeed(
        self,
        mut invoice: Invoice,
        reference: &str,
        now: DateTime<Utc>,
    ) -> Result<Finished, Unbalanced> {
        let provider = self.means.as_ref().map_or("", |means| &means.provider);
        let postings = rules::settlement(self.kind, &invoice.owner, provider, invoice.amount)?;
        let entry = Entry {
            cause: Cause::attempt(self.id.0),
            order: None,
            note: format!("invoice {}", invoice.number),
            by: Actor::system(),
            occurred_at: now,
            booked_at: now,
        };
        let booking = Transaction::new(entry, postings.to_vec())?;
        invoice.status = Status::Paid;
        invoice.paid_at = Some(now);
        let attempt = self.finish(AttemptStatus::Succeeded, String::new(), reference, now);
        let event = match attempt.kind {
            AttemptKind::Charge => Event::PaymentSucceeded(attempt.clone(), invoice.clone(), now),
            AttemptKind::Payout => Event::PayoutMade(attempt.clone(), invoice.clone(), now),
        };
        Ok(Finished {
            attempt,
            invoice,
            booking: Some(booking),
            retry_at: None,
            events: vec![event],
        })
    }

    /// No money moved. A charge is tried again at the next pause of `retries`; after the last one,
    /// and for a payout at once, the invoice counts as not settled.
    pub fn fail(
        self,
        mut invoice: Invoice,
        reason: &str,
        retries: &RetrySchedule,
        now: DateTime<Utc>,
    ) -> Finished {
        let reference = self.reference.clone();
        let attempt = self.finish(AttemptStatus::Failed, reason.to_owned(), &reference, now);
        let retry_at = match attempt.kind {
            AttemptKind::Charge => retries.pause_after(attempt.number).map(|pause| now + pause),
            AttemptKind::Payout => None,
        };
        let gives_up = retry_at.is_none() && invoice.status == Status::Issued;
        if gives_up {
            invoice.status = attempt.kind.status_when_failed();
        }
        let mut events = Vec::new();
        match attempt.kind {
            AttemptKind::Charge => {
                events.push(Event::PaymentFailed(
                    attempt.clone(),
                    invoice.clone(),
                    retry_at,
                    now,
                ));
                if gives_up {
                    events.push(Event::InvoiceOverdue(invoice.clone(), now));
                }
            }
            AttemptKind::Payout => events.push(Event::PayoutFailed(attempt.clone(), invoice.clone(), now)),
        }
        Finished {
            attempt,
            invoice,
            booking: None,
            retry_at,
            events,
        }
    }

    fn finish(self, status: AttemptStatus, reason: String, reference: &str, now: DateTime<Utc>) -> Self {
        Self {
            status,
            reason,
            reference: reference.to_owned(),
            finished_at: Some(now),
            ..self
        }
    }
}

/// The pauses after declined charges, in order. After the last one the invoice is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a list of at most 20 pauses of at most a year, such as \"1d,3d,7d\"")]
pub struct NotASchedule(String);

impl RetrySchedule {
    const MAX_PAUSES: usize = 20;
    const LONGEST_PAUSE: Duration = Duration::from_hours(366 * 24);

    /// The pause before the attempt that follows declined attempt `number` (from 1). `None`: no
    /// further attempt.
    pub fn pause_after(&self, number: u32) -> Option<Duration> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.0.get(index).copied()
    }
}

impl FromStr for RetrySchedule {
    type Err = NotASchedule;

    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        let pauses: Option<Vec<Duration>> = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| humantime::parse_duration(word).ok())
            .collect();
        pauses
            .filter(|pauses| pauses.len() <= Self::MAX_PAUSES)
            .filter(|pauses| pauses.iter().all(|pause| *pause <= Self::LONGEST_PAUSE))
            .map(Self)
            .ok_or_else(|| NotASchedule(text.chars().take(100).collect()))
    }
}

/// The pause after request number `tries` (from 1) whose outcome is unknown, because the provider
/// did not answer or its answer was lost. Doubles from `first` up to an hour.
pub fn unknown_outcome_pause(first: Duration, tries: u32) -> Duration {
    const LONGEST: Duration = Duration::from_hours(1);
    let doublings = tries.saturating_sub(1).min(20);
    first.saturating_mul(1 << doublings).min(LONGEST)
}
