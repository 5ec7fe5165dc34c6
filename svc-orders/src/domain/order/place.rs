use chrono::{DateTime, Utc};

use super::{Brief, Order, Refused, ServiceVersion, State};
use crate::domain::client::Client;
use crate::domain::ids::OrderId;
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;

impl Order {
    /// A client places an order for the newest version of an active service type (O2).
    pub fn place(
        id: OrderId,
        client: &Client,
        service: &ServiceType,
        brief: Brief,
        slot: Slot,
        now: DateTime<Utc>,
    ) -> Result<Self, Refused> {
        if !service.active {
            return Err(Refused::ServiceTypeNotActive);
        }
        slot.check_orderable(now)?;
        Ok(Self {
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
        })
    }
}
