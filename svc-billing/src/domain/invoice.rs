//! An invoice is issued, then paid; or it becomes overdue (a payout: failed) before it is paid.

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;
use money::Money;
use strum::{EnumString, IntoStaticStr};

use super::{AccountId, InvoiceId, Owner, OwnerKind, Period};

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Its charge or payout is pending.
    Issued,
    /// Settled. Final.
    Paid,
    /// All scheduled attempts to charge the client were declined.
    Overdue,
    /// The provider rejected the payout, or the worker named no beneficiary.
    PayoutFailed,
}

/// The number shown to people: `C-2026-000123` for a client, `W-2026-000124` for a worker.
pub fn number(kind: OwnerKind, sequence: i64, issued_at: DateTime<Utc>, zone: Tz) -> String {
    let letter = match kind {
        OwnerKind::Client => 'C',
        OwnerKind::Worker => 'W',
        OwnerKind::Company => 'A',
    };
    format!("{letter}-{}-{sequence:06}", issued_at.with_timezone(&zone).year())
}

/// The lines of one account in one closed period, to be paid together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub number: String,
    pub account: AccountId,
    /// A client or a worker.
    pub owner: Owner,
    pub period: Period,
    /// Positive.
    pub amount: Money,
    pub line_count: i32,
    pub status: Status,
    pub issued_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

impl Invoice {
    /// How many of its lines are missing in a list of `shown` lines.
    pub fn lines_beyond(&self, shown: usize) -> i32 {
        let shown = i32::try_from(shown).unwrap_or(i32::MAX);
        self.line_count.saturating_sub(shown).max(0)
    }
}
