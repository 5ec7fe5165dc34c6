//! A double-entry transaction (B1), balanced by construction.

use chrono::{DateTime, Utc};
use conventions::Actor;
use money::{Currency, Money};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use super::{OrderId, Owner};

/// The event, request or attempt that caused a transaction. One cause posts at most once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cause(String);

impl Cause {
    /// An event of another context.
    pub fn event(id: Uuid) -> Self {
        Self(format!("event:{id}"))
    }

    /// A request. Callers choose the ids of their requests, so two callers may use the same id.
    pub fn request(caller: &str, id: Uuid) -> Self {
        Self(format!("request:{caller}:{id}"))
    }

    /// A charge or payout that a provider confirmed.
    pub fn attempt(id: Uuid) -> Self {
        Self(format!("attempt:{id}"))
    }

    /// The reversal of a transaction. The cause names no caller, so that there is at most one.
    pub fn reversal_of(transaction: Uuid) -> Self {
        Self(format!("reversal:{transaction}"))
    }

    /// The cause of a transaction in the journal.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Stored in kebab case. The words are part of sealed entries (B10), so they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum LineReason {
    OrderCompleted,
    /// After a worker had been assigned.
    OrderCancelled,
    OrderFailed,
    /// For a failed order.
    Fine,
    Bonus,
    Payment,
    Payout,
    Reversal,
}

/// One side of a transaction. Debits are positive, credits negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub owner: Owner,
    /// Never zero.
    pub amount: Money,
    pub reason: LineReason,
}

impl Posting {
    /// A pair that moves `amount` from `credit` to `debit`.
    pub fn pair(
        debit: Owner,
        credit: Owner,
        amount: Money,
        reason: LineReason,
    ) -> Result<[Self; 2], money::Error> {
        let debited = Self {
            owner: debit,
            amount,
            reason,
        };
        let credited = Self {
            owner: credit,
            amount: amount.checked_neg()?,
            reason,
        };
        Ok([debited, credited])
    }
}

/// A transaction without its postings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub cause: Cause,
    pub order: Option<OrderId>,
    /// The reason that the actor gave. May be empty.
    pub note: String,
    pub by: Actor,
    /// When the recorded fact happened.
    pub occurred_at: DateTime<Utc>,
    /// Decides which period the transaction belongs to.
    pub booked_at: DateTime<Utc>,
}

/// A balanced transaction: two or more postings of one currency that sum to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    entry: Entry,
    postings: Vec<Posting>,
}

/// Why postings do not make a transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    #[error("a transaction needs at least two postings")]
    TooFew,
    #[error("a posting of zero")]
    Zero,
    #[error("the postings sum to {0}, not to zero")]
    Sum(Money),
    #[error(transparent)]
    Money(#[from] money::Error),
}

impl Transaction {
    pub fn new(entry: Entry, postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        let [first, _, ..] = postings.as_slice() else {
            return Err(Unbalanced::TooFew);
        };
        let sum = Money::sum(
            first.amount.currency(),
            postings.iter().map(|posting| posting.amount),
        )?;
        if !sum.is_zero() {
            return Err(Unbalanced::Sum(sum));
        }
        if postings.iter().any(|posting| posting.amount.is_zero()) {
            return Err(Unbalanced::Zero);
        }
        Ok(Self { entry, postings })
    }

    /// The reversal of `mistaken`: the same postings with opposite amounts.
    pub fn reversing(entry: Entry, mistaken: &[Posting]) -> Result<Self, Unbalanced> {
        let postings = mistaken
            .iter()
            .map(|posting| {
                Ok(Posting {
                    owner: posting.owner.clone(),
                    amount: posting.amount.checked_neg()?,
                    reason: LineReason::Reversal,
                })
            })
            .collect::<Result<_, money::Error>>()?;
        Self::new(entry, postings)
    }

    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    pub fn currency(&self) -> Option<Currency> {
        self.postings.first().map(|posting| posting.amount.currency())
    }
}
