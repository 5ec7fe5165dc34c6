//! What the closing of a period does to one account (B5, B6).

use money::{Currency, Error, Money};

use super::OwnerKind;

/// A line that no invoice holds yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// As posted: debits positive.
    pub amount: Money,
}

/// What becomes of an account's open lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The client owes, or the worker is owed, this positive sum: an invoice is issued over all open lines.
    Invoice(Money),
    /// Zero or negative: the lines stay open and go into the next period.
    CarryOver(Money),
}

impl Closing {
    /// Adds the open lines up, seen from the owner's side.
    pub fn of(kind: OwnerKind, currency: Currency, lines: &[Line]) -> Result<Self, Error> {
        let posted = Money::sum(currency, lines.iter().map(|line| line.amount))?;
        let total = kind.as_owner_sees(posted)?;
        Ok(if total.is_positive() {
            Self::Invoice(total)
        } else {
            Self::CarryOver(total)
        })
    }
}
