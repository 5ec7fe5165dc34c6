use chrono::{DateTime, Utc};

use super::{Command, Order, Refused, Stage};
use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::ids::OrderId;
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;

impl Order {
    /// The client places a failed or cancelled order again, on another slot (O7). The copy has the
    /// newest version of the service type and a price of its own; it is linked to this order, so
    /// that matching avoids the previous worker.
    pub fn repeat(
        &self,
        id: OrderId,
        by: Actor,
        client: &Client,
        service: &ServiceType,
        slot: Slot,
        now: DateTime<Utc>,
    ) -> Result<Self, Refused> {
        if !self.is_visible_to(by) {
            return Err(Refused::NotVisible);
        }
        if by != Actor::Client(self.client) || client.id != self.client {
            return Err(Refused::NotYours(Command::Repeat));
        }
        if !matches!(self.stage(), Stage::Failed | Stage::Cancelled) {
            return Err(self.refused(Command::Repeat));
        }
        Ok(Self {
            repeats: Some(self.id),
            ..Self::place(id, client, service, self.brief.clone(), slot, now)?
        })
    }
}
