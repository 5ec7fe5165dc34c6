//! A double-entry transaction (B1): balanced by construction, so nothing unbalanced ever reaches the database.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use money::{Currency, Money};
use uuid::Uuid;

use super::account::UnknownWord;
use super::{OrderId, Owner};

/// Why a transaction exists: the id of the event, request or attempt that caused it. One cause posts once, ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cause(String);

impl Cause {
    /// An event heard from another context.
    pub fn event(id: Uuid) -> Self {
        Self(format!("event:{id}"))
    }

    /// A caller's request. Callers choose the ids of their requests, so an id alone may come from two of them.
    pub fn request(caller: &str, id: Uuid) -> Self {
        Self(format!("request:{caller}:{id}"))
    }

    /// A charge or payout that a provider confirmed.
    pub fn attempt(id: Uuid) -> Self {
        Self(format!("attempt:{id}"))
    }

    /// The reversal of a transaction: there is at most one, whoever asks for it.
    pub fn reversal_of(transaction: Uuid) -> Self {
        Self(format!("reversal:{transaction}"))
    }

    /// As the journal kept it.
    pub fn recorded(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As the journal keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who did it: a role in lower case, and the subject (empty for the system).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `client`, `manager`, `system`, …
    pub role: String,
    /// The caller's subject.
    pub id: String,
}

impl Actor {
    /// The system itself.
    pub fn system() -> Self {
        Self {
            role: "system".to_owned(),
            id: String::new(),
        }
    }
}

/// Why a line stands in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineReason {
    /// The order was completed.
    OrderCompleted,
    /// The order was cancelled after a worker had been assigned.
    OrderCancelled,
    /// The order failed.
    OrderFailed,
    /// The worker's fine for an order that failed.
    Fine,
    /// A manager credited the worker.
    Bonus,
    /// The client paid.
    Payment,
    /// The worker was paid out.
    Payout,
    /// A mistake was reversed.
    Reversal,
}

impl LineReason {
    const ALL: [Self; 8] = [
        Self::OrderCompleted,
        Self::OrderCancelled,
        Self::OrderFailed,
        Self::Fine,
        Self::Bonus,
        Self::Payment,
        Self::Payout,
        Self::Reversal,
    ];

    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderCompleted => "order-completed",
            Self::OrderCancelled => "order-cancelled",
            Self::OrderFailed => "order-failed",
            Self::Fine => "fine",
            Self::Bonus => "bonus",
            Self::Payment => "payment",
            Self::Payout => "payout",
            Self::Reversal => "reversal",
        }
    }
}

impl FromStr for LineReason {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// One side of a transaction: so much to one account. Debits are positive, credits negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Whose account.
    pub owner: Owner,
    /// How much. Never zero.
    pub amount: Money,
    /// Why.
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

/// What a transaction says besides its postings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Why it exists.
    pub cause: Cause,
    /// The order that it is about, if any.
    pub order: Option<OrderId>,
    /// Why, in the words of whoever did it. May be empty.
    pub note: String,
    /// Who did it.
    pub by: Actor,
    /// When what it records happened.
    pub occurred_at: DateTime<Utc>,
    /// When it is booked; decides which period it falls into.
    pub booked_at: DateTime<Utc>,
}

/// A balanced transaction: two or more postings of one currency that sum to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    entry: Entry,
    postings: Vec<Posting>,
}

/// Why postings are no transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Fewer than two postings.
    #[error("a transaction has two postings or more")]
    TooFew,
    /// A posting of nothing.
    #[error("a posting is never zero")]
    Zero,
    /// They sum to something.
    #[error("the postings sum to {0} and not to zero")]
    Sum(Money),
    /// They can't be added up.
    #[error(transparent)]
    Money(#[from] money::Error),
}

impl Transaction {
    /// Refuses postings that do not balance.
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

    /// The opposite of postings that were a mistake.
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

    /// What it says besides its postings.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Its postings: two or more, summing to zero.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The one currency of its postings.
    pub fn currency(&self) -> Option<Currency> {
        self.postings.first().map(|posting| posting.amount.currency())
    }
}
