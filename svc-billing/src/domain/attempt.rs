//! An attempt to charge a client or to pay a worker out, and when it is tried again.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::account::UnknownWord;
use super::{AccountId, AttemptId, InvoiceId};

/// Which way the money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    /// From a client, through a payment gateway.
    Charge,
    /// To a worker, through the payout provider.
    Payout,
}

impl AttemptKind {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Payout => "payout",
        }
    }
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptStatus {
    /// To be tried when due, or its outcome is not known yet.
    Pending,
    /// A payout that the provider accepted and has not made yet.
    Accepted,
    /// Money moved. Final.
    Succeeded,
    /// Refused; no money moved. Final.
    Failed,
}

impl AttemptStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Accepted, Self::Succeeded, Self::Failed];

    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing can happen to it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl FromStr for AttemptStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Through whom the money goes, and what they know the payer or payee by.
#[derive(Clone, PartialEq, Eq)]
pub struct Means {
    /// A gateway's kind, such as `card`.
    pub provider: String,
    /// The card, wallet or beneficiary. Never logged, never shown.
    pub token: String,
}

impl std::fmt::Debug for Means {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Means({}, …)", self.provider)
    }
}

/// One attempt to settle an invoice. Its id is the key that makes repeating it harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id, and the provider's idempotency key.
    pub id: AttemptId,
    /// What it settles.
    pub invoice: InvoiceId,
    /// The account that it moves.
    pub account: AccountId,
    /// Counts the invoice's attempts, from 1.
    pub number: u32,
    /// Where it stands.
    pub status: AttemptStatus,
    /// Frozen at the first try, so that a repeated request is the same request.
    pub means: Option<Means>,
    /// The provider's own id; empty until there is one.
    pub reference: String,
    /// Why it failed, or why its outcome is not known yet.
    pub reason: String,
    /// How often the provider was asked.
    pub tries: u32,
    /// When it is (or was) to be tried.
    pub due_at: DateTime<Utc>,
    /// When its outcome was known.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Pauses after declined charges: after the first decline the first, and so on. When they are used up, the invoice is
/// overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

/// Text that is no retry schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a list of pauses such as \"1d,3d,7d\" (units s, m, h, d; at most 20)")]
pub struct NotASchedule(String);

impl RetrySchedule {
    /// The pause before the attempt that follows declined attempt number `number` (from 1). None: give up.
    pub fn pause_after(&self, number: u32) -> Option<Duration> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.0.get(index).copied()
    }
}

impl FromStr for RetrySchedule {
    type Err = NotASchedule;

    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        let wrong = || NotASchedule(text.chars().take(100).collect());
        let pauses: Vec<Duration> = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| pause(word).ok_or_else(wrong))
            .collect::<Result<_, _>>()?;
        if pauses.len() > 20 {
            Err(wrong())
        } else {
            Ok(Self(pauses))
        }
    }
}

/// `90s`, `15m`, `1h`, `3d`; at most a year.
fn pause(word: &str) -> Option<Duration> {
    const YEAR: u64 = 366 * 86_400;
    let unit = word.chars().last()?;
    let seconds_in = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u64 = word.strip_suffix(unit)?.parse().ok()?;
    let seconds = count.checked_mul(seconds_in)?;
    (seconds <= YEAR).then(|| Duration::from_secs(seconds))
}

/// How long to wait after try number `tries` (from 1) whose outcome is unknown: the provider was away, or its answer was
/// lost. Doubles from `first` up to an hour; the same key is used again, so nothing can happen twice.
pub fn unknown_outcome_pause(first: Duration, tries: u32) -> Duration {
    const LONGEST: Duration = Duration::from_hours(1);
    let doublings = tries.saturating_sub(1).min(20);
    first.saturating_mul(1 << doublings).min(LONGEST)
}
