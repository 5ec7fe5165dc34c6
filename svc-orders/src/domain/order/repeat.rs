use chrono::{DateTime, Utc};

use super::{Change, Command, Order, Refused, Stage};
use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::id::OrderId;
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;

impl Order {
    /// The client wants a failed or cancelled order once more on another slot (O7). The copy is ordered at today's
    /// version of the service type, priced anew, and linked to this one, so that matching knows whom to avoid.
    pub fn repeat(
        &self,
        id: OrderId,
        by: Actor,
        client: &Client,
        service: &ServiceType,
        slot: Slot,
        now: DateTime<Utc>,
    ) -> Result<Change, Refused> {
        if !self.is_visible_to(by) {
            return Err(Refused::NotVisible);
        }
        if by != Actor::Client(self.client) || client.id != self.client {
            return Err(Refused::NotYours(Command::Repeat));
        }
        if !matches!(self.stage(), Stage::Failed | Stage::Cancelled) {
            return Err(self.refused(Command::Repeat));
        }
        let mut change = Self::place(id, client, service, self.brief.clone(), slot, now)?;
        change.order.repeats = Some(self.id);
        Ok(change)
    }
}
