use orders_contract::v1 as pb;
use service_host::requests::Claim;
use service_host::{Caller, telemetry};

use crate::domain::client::Client;
use crate::domain::id::{ClientId, OrderId, ServiceTypeId};
use crate::domain::order::{Brief, Change, Order};
use crate::domain::service_type::ServiceType;
use crate::domain::slot::Slot;
use crate::error::{Error, Thing};
use crate::grpc::convert;
use crate::{clock, wire};

/// What a client wants to be placed, in the domain's words.
#[derive(Clone)]
pub(super) struct Placement {
    pub(super) claim: Claim,
    pub(super) client: ClientId,
    pub(super) service: ServiceTypeId,
    brief: Brief,
    slot: Slot,
    /// The trace that the call belongs to; its event goes on with it.
    pub(super) trace: Option<String>,
}

impl Placement {
    pub(super) fn of(caller: &Caller, request: &pb::PlaceOrderRequest) -> Result<Self, Error> {
        Ok(Self {
            claim: Claim::of(caller, request)?,
            client: ClientId(wire::to_uuid("client_id", &request.client_id)?),
            service: ServiceTypeId(wire::to_uuid("service_type_id", &request.service_type_id)?),
            brief: Brief {
                description: request.description.clone(),
                place: request.place.clone(),
                contact: request.contact.clone(),
            },
            slot: wire::to_slot(request.slot.as_ref())?,
            trace: telemetry::trace_context(),
        })
    }

    /// A new order, or why there is none.
    pub(super) fn decide(
        &self,
        client: Option<&Client>,
        service: Option<&ServiceType>,
    ) -> Result<Change, Error> {
        let client = client.ok_or(Error::NotFound(Thing::Client))?;
        let service = service.ok_or(Error::NotFound(Thing::ServiceType))?;
        let id = OrderId::generate();
        Ok(Order::place(
            id,
            client,
            service,
            self.brief.clone(),
            self.slot,
            clock::now(),
        )?)
    }
}

/// What the client is answered.
pub(super) fn response(placed: &Change) -> pb::PlaceOrderResponse {
    pb::PlaceOrderResponse {
        order: Some(convert::order(&placed.order, &[], placed.by)),
    }
}
