//! Kits and stock.

use consumables_contract::KitEvent;
use consumables_contract::v1 as pb;
use conventions::wire::InvalidField;

use super::orders::page;
use super::{Announced, span};
use crate::domain::announcement::Announcement;
use crate::domain::facts::{Fact, Facts};
use crate::domain::ids::RecipientId;

impl Announced for pb::KitRequested {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = KitEvent::try_from(self)?;
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
            .text("service", event.service_type_name)
            .with("slot", Fact::Slot(span("slot", self.slot.as_ref())?))
            .with("items", Fact::Items(items.collect()))
            .with("link", page(event.order_id));
        Ok(Announcement::new("order", event.order_id, facts))
    }
}

impl Announced for pb::KitReady {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let event = KitEvent::try_from(self)?;
        let facts = Facts::default()
            .text("service", event.service_type_name)
            .with("link", page(event.order_id));
        Ok(Announcement {
            worker: Some(RecipientId(event.worker_id)),
            ..Announcement::new("order", event.order_id, facts)
        })
    }
}

impl Announced for pb::StockLow {
    fn announcement(&self) -> Result<Announcement, InvalidField> {
        let facts = Facts::default()
            .text("material", &self.material_name)
            .text("unit", &self.unit)
            .with("available", Fact::Number(self.available))
            .with("threshold", Fact::Number(self.threshold));
        Ok(Announcement::new("material", &self.material_code, facts))
    }
}
