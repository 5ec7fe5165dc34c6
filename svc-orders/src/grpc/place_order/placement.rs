use chrono::{DateTime, Utc};
use orders_contract::v1 as pb;
use service_host::requests::Claim;
use service_host::{Caller, field, telemetry};

use crate::Error;
use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::ids::{ClientId, OrderId, ServiceTypeId};
use crate::domain::order::{Brief, Order, Refused};
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;
use crate::grpc::convert;

/// A request for a new order, in domain types.
#[derive(Clone)]
pub(super) struct Placement {
    pub(super) claim: Claim,
    pub(super) client: ClientId,
    pub(super) service: ServiceTypeId,
    brief: Brief,
    slot: Slot,
    /// The trace of the call, which the event continues.
    pub(super) trace: Option<String>,
}

impl Placement {
    pub(super) fn of(caller: &Caller, request: &pb::PlaceOrderRequest) -> Result<Self, Error> {
        Ok(Self {
            claim: Claim::of(caller, request)?,
            client: field::id("client_id", &request.client_id)?,
            service: field::id("service_type_id", &request.service_type_id)?,
            brief: Brief {
                description: request.description.clone(),
                place: request.place.clone(),
                contact: request.contact.clone(),
            },
            slot: convert::to_slot(request.slot.as_ref())?,
            trace: telemetry::trace_context(),
        })
    }

    pub(super) fn order(
        &self,
        client: &Client,
        service: &ServiceType,
        now: DateTime<Utc>,
    ) -> Result<Order, Refused> {
        let brief = self.brief.clone();
        Order::place(OrderId::generate(), client, service, brief, self.slot, now)
    }
}

pub(super) fn response(placed: &Order) -> pb::PlaceOrderResponse {
    pb::PlaceOrderResponse {
        order: Some(convert::order(placed, &[], Actor::Client(placed.client))),
    }
}
