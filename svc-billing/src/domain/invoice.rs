//! An invoice's life: issued → paid, or issued → overdue (failed, for a payout) → paid.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;

use super::OwnerKind;
use super::account::UnknownWord;

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
