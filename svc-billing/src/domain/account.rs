//! Accounts (B2), and a balance as the owner of an account sees it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use money::{Error, Money};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use super::{AccountId, ClientId, WorkerId};

/// The owner of an account. Every owner has exactly one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A receivable: debited with what the client owes, credited with the client's payments.
    Client(ClientId),
    /// A payable: credited with the worker's earnings, debited with fines and payouts.
    Worker(WorkerId),
    Company(CompanyAccount),
}

/// The current state of an account. Debits are positive in all its amounts but `paid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub owner: Owner,
    /// Grows by one with every change.
    pub version: i64,
    /// The sum of all postings to the account.
    pub balance: Money,
    /// Cumulative and positive: all payments of a client, all payouts to a worker.
    pub paid: Money,
    /// The sum of the lines that are not in an invoice yet.
    pub open: Money,
    pub changed_at: DateTime<Utc>,
    /// The next closing in the last announcement of the account; the epoch before the first one.
    pub announced_closing: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OwnerKind {
    Client,
    Worker,
    Company,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CompanyAccount {
    /// Credited with all charges to clients.
    Revenue,
    /// Debited with all earnings of workers.
    WorkerPay,
    /// Credited with all fines of workers.
    Fines,
    /// Debited with all bonuses of workers.
    Bonuses,
    /// One account per gateway or provider: debited with the payments that it collected, credited
    /// with the payouts that it made.
    Clearing(String),
}

impl Owner {
    pub fn kind(&self) -> OwnerKind {
        match self {
            Self::Client(_) => OwnerKind::Client,
            Self::Worker(_) => OwnerKind::Worker,
            Self::Company(_) => OwnerKind::Company,
        }
    }

    /// The id of the client or worker, or the code of the company account.
    pub fn name(&self) -> String {
        match self {
            Self::Client(id) => id.to_string(),
            Self::Worker(id) => id.to_string(),
            Self::Company(account) => account.to_string(),
        }
    }

    /// The reverse of [`Owner::kind`] and [`Owner::name`]; `None` for an unknown code or a
    /// malformed id.
    pub fn stored(kind: OwnerKind, name: &str) -> Option<Self> {
        match kind {
            OwnerKind::Company => name.parse().ok().map(Self::Company),
            _ => Self::person(kind, name.parse().ok()?),
        }
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
    /// Turns an amount of the ledger (debits positive) into the owner's view: accounts of clients
    /// and of the company grow with debits, accounts of workers with credits.
    pub fn as_owner_sees(self, ledger: Money) -> Result<Money, Error> {
        match self {
            Self::Client | Self::Company => Ok(ledger),
            Self::Worker => ledger.checked_neg(),
        }
    }
}

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
    type Err = UnknownAccount;

    fn from_str(code: &str) -> Result<Self, UnknownAccount> {
        match code {
            "revenue" => Ok(Self::Revenue),
            "worker-pay" => Ok(Self::WorkerPay),
            "fines" => Ok(Self::Fines),
            "bonuses" => Ok(Self::Bonuses),
            _ => {
                let gateway = code.strip_prefix("clearing:").ok_or(UnknownAccount)?;
                Ok(Self::Clearing(gateway.to_owned()))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a company account")]
pub struct UnknownAccount;
