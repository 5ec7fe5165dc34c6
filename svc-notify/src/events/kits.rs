//! What is told of kits and stock.

use consumables_contract::v1 as pb;

use super::announce::Tells;
use super::orders::page;
use super::wire::{Unreadable, id, span};
use crate::domain::facts::{Fact, Facts};
use crate::domain::news::News;

impl Tells for pb::KitRequested {
    fn news(&self) -> Result<News, Unreadable> {
        let items = self.items.iter().map(|item| {
            Facts::default()
                .text("material", &item.material_name)
                .text("unit", &item.unit)
                .with("quantity", Fact::Number(item.quantity))
                .with("short", Fact::Number(item.short))
        });
        let facts = Facts::default()
            .text("client", &self.client_name)
            .text("worker", &self.worker_name)
            .text("service", &self.service_type_name)
            .with("slot", Fact::Slot(span("slot", self.slot.as_ref())?))
            .with("items", Fact::Items(items.collect()))
            .with("link", page(&self.order_id));
        Ok(News::of("order", &self.order_id, facts))
    }
}

impl Tells for pb::KitReady {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .text("service", &self.service_type_name)
            .with("link", page(&self.order_id));
        let worker = Some(id("worker_id", &self.worker_id)?);
        Ok(News {
            worker,
            ..News::of("order", &self.order_id, facts)
        })
    }
}

impl Tells for pb::StockLow {
    fn news(&self) -> Result<News, Unreadable> {
        let facts = Facts::default()
            .text("material", &self.material_name)
            .text("unit", &self.unit)
            .with("available", Fact::Number(self.available))
            .with("threshold", Fact::Number(self.threshold));
        Ok(News::of("material", &self.material_code, facts))
    }
}
