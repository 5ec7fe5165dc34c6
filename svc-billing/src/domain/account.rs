//! Whose accounts there are (B2), and how a balance reads from its owner's side.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use money::{Error, Money};
use uuid::Uuid;

use super::{AccountId, ClientId, WorkerId};

/// Whom an account belongs to. Every owner has exactly one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Receivable: debited with what the client owes, credited with what they pay.
    Client(ClientId),
    /// Payable: credited with what the worker earns, debited with fines and payouts.
    Worker(WorkerId),
    /// One of the company's own.
    Company(CompanyAccount),
}

/// An account as it is now. Its amounts are the ledger's: debits positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub owner: Owner,
    /// One more with every change.
    pub version: i64,
    /// The sum of its postings.
    pub balance: Money,
    /// Cumulative and positive: what a client has paid, what was paid out to a worker.
    pub paid: Money,
    /// The sum of the lines that no invoice holds yet.
    pub open: Money,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// The next closing that it was last announced with. The epoch: it never was.
    pub announced_closing: DateTime<Utc>,
}

/// The three kinds of owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnerKind {
    /// A client.
    Client,
    /// A worker.
    Worker,
    /// The company.
    Company,
}

/// The company's own accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CompanyAccount {
    /// What clients were charged (credited).
    Revenue,
    /// What workers earned (debited).
    WorkerPay,
    /// What workers were fined (credited).
    Fines,
    /// What managers credited to workers (debited).
    Bonuses,
    /// What a gateway took in for the company (debited) or paid out for it (credited); one per gateway.
    Clearing(String),
}

impl Owner {
    /// Which kind of owner it is.
    pub fn kind(&self) -> OwnerKind {
        match self {
            Self::Client(_) => OwnerKind::Client,
            Self::Worker(_) => OwnerKind::Worker,
            Self::Company(_) => OwnerKind::Company,
        }
    }

    /// The client's or worker's id, or the company account's code.
    pub fn name(&self) -> String {
        match self {
            Self::Client(ClientId(id)) | Self::Worker(WorkerId(id)) => id.to_string(),
            Self::Company(account) => account.to_string(),
        }
    }

    /// From the two words of the database: the kind, and [`Owner::name`].
    pub fn from_words(kind: &str, name: &str) -> Result<Self, UnknownWord> {
        let kind: OwnerKind = kind.parse()?;
        if kind == OwnerKind::Company {
            return name.parse().map(Self::Company);
        }
        let id = name.parse().map_err(|_| UnknownWord(name.to_owned()))?;
        Self::person(kind, id).ok_or_else(|| UnknownWord(name.to_owned()))
    }

    /// The client or worker with this id.
    pub fn person(kind: OwnerKind, id: Uuid) -> Option<Self> {
        match kind {
            OwnerKind::Client => Some(Self::Client(ClientId(id))),
            OwnerKind::Worker => Some(Self::Worker(WorkerId(id))),
            OwnerKind::Company => None,
        }
    }
}

impl OwnerKind {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Worker => "worker",
            Self::Company => "company",
        }
    }

    /// What a ledger amount (debits positive) means to the owner: a client's or the company's account grows with debits,
    /// a worker's with credits.
    pub fn as_owner_sees(self, ledger: Money) -> Result<Money, Error> {
        match self {
            Self::Client | Self::Company => Ok(ledger),
            Self::Worker => ledger.checked_neg(),
        }
    }
}

impl FromStr for OwnerKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        [Self::Client, Self::Worker, Self::Company]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A word in the database that this version of the program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a word this version knows")]
pub struct UnknownWord(pub String);

/// The account's code: `revenue`, `worker-pay`, `clearing:card`.
impl fmt::Display for CompanyAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revenue => f.write_str("revenue"),
            Self::WorkerPay => f.write_str("worker-pay"),
            Self::Fines => f.write_str("fines"),
            Self::Bonuses => f.write_str("bonuses"),
            Self::Clearing(gateway) => write!(f, "clearing:{gateway}"),
        }
    }
}

impl FromStr for CompanyAccount {
    type Err = UnknownWord;

    fn from_str(code: &str) -> Result<Self, UnknownWord> {
        match code {
            "revenue" => Ok(Self::Revenue),
            "worker-pay" => Ok(Self::WorkerPay),
            "fines" => Ok(Self::Fines),
            "bonuses" => Ok(Self::Bonuses),
            _ => code
                .strip_prefix("clearing:")
                .map(|gateway| Self::Clearing(gateway.to_owned()))
                .ok_or_else(|| UnknownWord(code.to_owned())),
        }
    }
}
