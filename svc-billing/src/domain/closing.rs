//! What the closing of a period does to one account (B5, B6).

use money::{Currency, Error, Money};

use super::OwnerKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The client owes, or the worker is owed, this positive sum: an invoice takes all open lines.
    Invoice(Money),
    /// Zero or negative: the lines stay open for the next period.
    CarryOver(Money),
}

impl Closing {
    /// `lines` are the amounts of all open lines as posted (debits positive).
    pub fn of(
        kind: OwnerKind,
        currency: Currency,
        lines: impl IntoIterator<Item = Money>,
    ) -> Result<Self, Error> {
        let total = kind.as_owner_sees(Money::sum(currency, lines)?)?;
        Ok(if total.is_positive() {
            Self::Invoice(total)
        } else {
            Self::CarryOver(total)
        })
    }

    /// The sum as the owner sees it.
    pub fn total(self) -> Money {
        let (Self::Invoice(total) | Self::CarryOver(total)) = self;
        total
    }
}
