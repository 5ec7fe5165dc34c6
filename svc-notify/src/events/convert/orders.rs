//! Orders: announced to the client as an order, to the worker as a job.

use conventions::wire::{self, InvalidField, required};
use orders_contract::OrderEvent;
use orders_contract::v1 as pb;
use uuid::Uuid;

use super::{Announced, money, span};
use crate::domain::announcement::Announcement;
use crate::domain::facts::{Fact, Facts};
use crate::domain::ids::RecipientId;

/// The page of an order. It shows clients and workers different things.
pub(super) fn page(order_id: Uuid) -> Fact {
    Fact::Link(format!("/orders/{order_id}"))
}

fn announcement(event: &OrderEvent<'_>, facts: Facts) -> Result<Announcement, InvalidField> {
    let order = event.order;
    let facts = facts
        .text("service", &order.service_type_name)
        .text("place", &order.place)
        .with("slot", Fact::Slot(span("order.slot", order.slot.as_ref())?))
        .with("link", page(event.order_id));
    let client = wire::id("order.client_id", &order.client_id)?;
    Ok(Announcement {
        client: Some(RecipientId(client)),
        worker: event.worker_id.map(RecipientId),
        ..Announcement::new("order", event.order_id, facts)
    })
}

impl Announced for pb::OrderPlaced {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        announcement(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::OrderWaiting {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        announcement(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::OrderAssigned {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let order = required("order", self.order.as_ref())?;
        let facts = Facts::default()
            .text("worker", &self.worker_name)
            .text("client", &order.client_name)
            .text("contact", &order.contact)
            .with("description", Fact::Lines(order.description.clone()))
            .with("discount", Fact::Number(self.discount_percent.into()))
            .with("price", money("price", self.price.as_ref())?);
        announcement(&self.try_into()?, facts)
    }
}

impl Announced for pb::OrderUnassigned {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let facts = Facts::default().text("reason", &self.reason);
        announcement(&self.try_into()?, facts)
    }
}

impl Announced for pb::OrderStarted {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        announcement(&self.try_into()?, Facts::default())
    }
}

impl Announced for pb::OrderCompleted {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let facts = Facts::default().with("price", money("price", self.price.as_ref())?);
        announcement(&self.try_into()?, facts)
    }
}

impl Announced for pb::OrderCancelled {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        // An order that is cancelled before it is assigned has no price.
        let price = match &self.price {
            Some(price) => money("price", Some(price))?,
            None => Fact::Nothing,
        };
        let facts = Facts::default().text("reason", &self.reason).with("price", price);
        announcement(&self.try_into()?, facts)
    }
}

impl Announced for pb::OrderFailed {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let facts = Facts::default()
            .text("reason", &self.reason)
            .with("no_show", Fact::Flag(self.kind() == pb::FailureKind::NoShow))
            .with("price", money("price", self.price.as_ref())?);
        announcement(&self.try_into()?, facts)
    }
}
