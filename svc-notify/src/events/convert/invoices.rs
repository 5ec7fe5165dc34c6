//! Invoices, payments and payouts.

use billing_contract::InvoiceEvent;
use billing_contract::v1 as pb;
use conventions::wire::{self, InvalidField};

use super::{Announced, money, span};
use crate::domain::announcement::Announcement;
use crate::domain::facts::{Fact, Facts};
use crate::domain::ids::RecipientId;

fn to_client(event: &InvoiceEvent<'_>, facts: Facts) -> Result<Announcement, InvalidField> {
    Ok(Announcement {
        client: Some(RecipientId(event.owner_id)),
        ..announcement(event, facts)?
    })
}

fn to_worker(event: &InvoiceEvent<'_>, facts: Facts) -> Result<Announcement, InvalidField> {
    Ok(Announcement {
        worker: Some(RecipientId(event.owner_id)),
        ..announcement(event, facts)?
    })
}

fn announcement(event: &InvoiceEvent<'_>, facts: Facts) -> Result<Announcement, InvalidField> {
    let facts = facts
        .text("number", event.number)
        .with("amount", money("amount", Some(event.amount))?)
        .with("link", Fact::Link(format!("/invoices/{}", event.invoice_id)));
    Ok(Announcement::new("invoice", event.invoice_id, facts))
}

impl Announced for pb::InvoiceIssued {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = self.try_into()?;
        let facts = Facts::default()
            .with("period", Fact::Period(span("period", self.period.as_ref())?))
            .with("line_count", Fact::Number(self.line_count.into()));
        match self.owner_kind() {
            pb::OwnerKind::Client => to_client(&event, facts),
            pb::OwnerKind::Worker => to_worker(&event, facts),
            pb::OwnerKind::Unspecified => Err(InvalidField("owner_kind")),
        }
    }
}

impl Announced for pb::PaymentSucceeded {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        to_client(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::PaymentFailed {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let next_attempt = match &self.next_attempt_at {
            Some(at) => Fact::Time(wire::time("next_attempt_at", Some(at))?),
            None => Fact::Nothing,
        };
        let facts = Facts::default()
            .text("reason", &self.reason)
            .with("attempt", Fact::Number(self.attempt.into()))
            .with("next_attempt", next_attempt);
        to_client(&self.try_into()?, facts)
    }
}

impl Announced for pb::InvoiceOverdue {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        to_client(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::PayoutMade {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        to_worker(&self.try_into()?, Facts::default())
    }
}
