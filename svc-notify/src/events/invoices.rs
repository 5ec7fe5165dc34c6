//! What is told of invoices, payments and payouts.

use billing_contract::v1 as pb;
use conventions::types::Money;

use super::announce::Tells;
use super::wire::{Unreadable, id, money, span, time};
use crate::domain::facts::{Fact, Facts};
use crate::domain::news::News;

fn news(invoice_id: &str, number: &str, amount: Option<&Money>, facts: Facts) -> Result<News, Unreadable> {
    let facts = facts
        .text("number", number)
        .with("amount", money("amount", amount)?)
        .with("link", Fact::Link(format!("/invoices/{invoice_id}")));
    Ok(News::of("invoice", invoice_id, facts))
}

impl Tells for pb::InvoiceIssued {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .with("period", Fact::Period(span("period", self.period.as_ref())?))
            .with("line_count", Fact::Number(self.line_count.into()));
        let news = news(&self.invoice_id, &self.number, self.amount.as_ref(), facts)?;
        let owner = Some(id("owner_id", &self.owner_id)?);
        match self.owner_kind() {
            pb::OwnerKind::Client => Ok(News {
                client: owner,
                ..news
            }),
            pb::OwnerKind::Worker => Ok(News {
                worker: owner,
                ..news
            }),
            pb::OwnerKind::Unspecified => Err(Unreadable::new("owner_kind", "is missing")),
        }
    }
}

impl Tells for pb::PaymentSucceeded {
    fn news(&self) -> Result<News, Unreadable> {
        let news = news(
            &self.invoice_id,
            &self.number,
            self.amount.as_ref(),
            Facts::default(),
        )?;
        Ok(News {
            client: Some(id("owner_id", &self.owner_id)?),
            ..news
        })
    }
}

impl Tells for pb::PaymentFailed {
    fn news(&self) -> Result<News, Unreadable> {
        let next = match &self.next_attempt_at {
            Some(at) => Fact::Time(time("next_attempt_at", Some(at))?),
            None => Fact::Nothing,
        };
        let facts = Facts::default()
            .text("reason", &self.reason)
            .with("attempt", Fact::Number(self.attempt.into()))
            .with("next_attempt", next);
        let news = news(&self.invoice_id, &self.number, self.amount.as_ref(), facts)?;
        Ok(News {
            client: Some(id("owner_id", &self.owner_id)?),
            ..news
        })
    }
}

impl Tells for pb::InvoiceOverdue {
    fn news(&self) -> Result<News, Unreadable> {
        let news = news(
            &self.invoice_id,
            &self.number,
            self.amount.as_ref(),
            Facts::default(),
        )?;
        Ok(News {
            client: Some(id("owner_id", &self.owner_id)?),
            ..news
        })
    }
}

impl Tells for pb::PayoutMade {
    fn news(&self) -> Result<News, Unreadable> {
        let news = news(
            &self.invoice_id,
            &self.number,
            self.amount.as_ref(),
            Facts::default(),
        )?;
        Ok(News {
            worker: Some(id("owner_id", &self.owner_id)?),
            ..news
        })
    }
}
