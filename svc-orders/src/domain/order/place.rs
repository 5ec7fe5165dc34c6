use chrono::{DateTime, Utc};

use super::{Brief, Change, Event, Order, Refused, ServiceVersion, State};
use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::id::OrderId;
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;

impl Order {
    /// A client places an order for the current version of an active service type (O2).
    pub fn place(
        id: OrderId,
        client: &Client,
        service: &ServiceType,
        brief: Brief,
        slot: Slot,
        now: DateTime<Utc>,
    ) -> Result<Change, Refused> {
        if !service.active {
            return Err(Refused::ServiceTypeNotActive);
        }
        slot.check_orderable(now)?;
        let order = Self {
            id,
            client: client.id,
            client_name: client.profile.name.clone(),
            service: ServiceVersion {
                id: service.id,
                version: service.version,
                name: service.name.clone(),
            },
            brief,
            slot,
            repeats: None,
            state: State::Placed { waiting: false },
            placed_at: now,
            version: 1,
        };
        Ok(Change {
            order,
            from: None,
            event: Event::Placed,
            by: Actor::Client(client.id),
            at: now,
        })
    }
}
