//! What is told of orders: to the client as theirs, to the worker as a job.

use orders_contract::v1 as pb;

use super::announce::Tells;
use super::wire::{Unreadable, id, id_if_any, money, money_if_any, present, span};
use crate::domain::facts::{Fact, Facts};
use crate::domain::news::News;

/// What these notifications are about.
const KIND: &str = "order";

/// The page of an order: whoever opens it sees their side of it.
pub(super) fn page(order_id: &str) -> Fact {
    Fact::Link(format!("/orders/{order_id}"))
}

fn news(
    order_id: &str,
    order: Option<&pb::OrderSummary>,
    worker: &str,
    facts: Facts,
) -> Result<News, Unreadable> {
    let order = present("order", order)?;
    let facts = facts
        .text("service", &order.service_type_name)
        .text("place", &order.place)
        .with("slot", Fact::Slot(span("order.slot", order.slot.as_ref())?))
        .with("link", page(order_id));
    Ok(News {
        client: Some(id("order.client_id", &order.client_id)?),
        worker: id_if_any("worker_id", worker)?,
        ..News::of(KIND, order_id, facts)
    })
}

impl Tells for pb::OrderPlaced {
    fn news(&self) -> Result<News, Unreadable> {
        news(&self.order_id, self.order.as_ref(), "", Facts::default())
    }
}

impl Tells for pb::OrderWaiting {
    fn news(&self) -> Result<News, Unreadable> {
        news(&self.order_id, self.order.as_ref(), "", Facts::default())
    }
}

impl Tells for pb::OrderAssigned {
    fn news(&self) -> Result<News, Unreadable> {
        let order = present("order", self.order.as_ref())?;
        let facts = Facts::default()
            .text("worker", &self.worker_name)
            .text("client", &order.client_name)
            .text("contact", &order.contact)
            .with("description", Fact::Lines(order.description.clone()))
            .with("discount", Fact::Number(self.discount_percent.into()))
            .with("price", money("price", self.price.as_ref())?);
        news(&self.order_id, self.order.as_ref(), &self.worker_id, facts)
    }
}

impl Tells for pb::OrderUnassigned {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default().text("reason", &self.reason);
        news(&self.order_id, self.order.as_ref(), &self.worker_id, facts)
    }
}

impl Tells for pb::OrderStarted {
    fn news(&self) -> Result<News, Unreadable> {
        news(
            &self.order_id,
            self.order.as_ref(),
            &self.worker_id,
            Facts::default(),
        )
    }
}

impl Tells for pb::OrderCompleted {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default().with("price", money("price", self.price.as_ref())?);
        news(&self.order_id, self.order.as_ref(), &self.worker_id, facts)
    }
}

impl Tells for pb::OrderCancelled {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .text("reason", &self.reason)
            .with("price", money_if_any("price", self.price.as_ref())?);
        news(&self.order_id, self.order.as_ref(), &self.worker_id, facts)
    }
}

impl Tells for pb::OrderFailed {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .text("reason", &self.reason)
            .with("no_show", Fact::Flag(self.kind() == pb::FailureKind::NoShow))
            .with("price", money("price", self.price.as_ref())?);
        news(&self.order_id, self.order.as_ref(), &self.worker_id, facts)
    }
}
