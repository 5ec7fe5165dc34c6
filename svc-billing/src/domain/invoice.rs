//! An invoice's life: issued → paid, or issued → overdue (failed, for a payout) → paid.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;

use money::Money;

use super::account::UnknownWord;
use super::{AccountId, InvoiceId, Owner, OwnerKind, Period};

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its charge or payout is under way.
    Issued,
    /// Settled. Final.
    Paid,
    /// Every scheduled attempt to charge the client was declined.
    Overdue,
    /// The provider refused the payout, or the worker named nobody to pay.
    PayoutFailed,
}

impl Status {
    const ALL: [Self; 4] = [Self::Issued, Self::Paid, Self::Overdue, Self::PayoutFailed];

    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Paid => "paid",
            Self::Overdue => "overdue",
            Self::PayoutFailed => "payout-failed",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What people call an invoice: `C-2026-000123` for a client's, `W-2026-000124` for a worker's.
pub fn number(kind: OwnerKind, sequence: i64, issued_at: DateTime<Utc>, zone: Tz) -> String {
    let letter = match kind {
        OwnerKind::Client => 'C',
        OwnerKind::Worker => 'W',
        OwnerKind::Company => 'A',
    };
    format!("{letter}-{}-{sequence:06}", issued_at.with_timezone(&zone).year())
}

/// One account's closed period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// What people call it.
    pub number: String,
    /// The account that it settles.
    pub account: AccountId,
    /// Whose it is: a client or a worker.
    pub owner: Owner,
    /// What was closed.
    pub period: Period,
    /// Positive.
    pub amount: Money,
    /// How many lines it holds.
    pub line_count: i32,
    /// Where it stands.
    pub status: Status,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was settled.
    pub paid_at: Option<DateTime<Utc>>,
}

impl Invoice {
    /// How many of its lines are left out where only so many are shown.
    pub fn lines_beyond(&self, shown: usize) -> i32 {
        let shown = i32::try_from(shown).unwrap_or(i32::MAX);
        self.line_count.saturating_sub(shown).max(0)
    }
}
