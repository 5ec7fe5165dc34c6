use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, command};
use tonic::Request;

use super::convert;
use crate::domain::actor::Actor;
use crate::domain::id::{ClientId, OrderId, ServiceTypeId};
use crate::domain::order::{Brief, Order};
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O2: a client places an order.
pub(super) async fn handle(
    db: &Database,
    request: Request<pb::PlaceOrderRequest>,
) -> Result<pb::PlaceOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let client_id = ClientId(wire::to_uuid("client_id", &request.client_id)?);
    let service_id = ServiceTypeId(wire::to_uuid("service_type_id", &request.service_type_id)?);
    let slot = wire::to_slot(request.slot.as_ref())?;
    let brief = Brief {
        description: request.description.clone(),
        place: request.place.clone(),
        contact: request.contact.clone(),
    };
    let place = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let client = store::clients::find(conn, client_id)
            .await?
            .ok_or(Error::NotFound(Thing::Client))?;
        let service = store::service_types::newest(conn, service_id)
            .await?
            .ok_or(Error::NotFound(Thing::ServiceType))?;
        let id = OrderId::generate();
        let change = Order::place(id, &client, &service, brief.clone(), slot, clock::now())?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %id, client.id = %client_id, "placed");
        let order = convert::order(&change.order, &[], Actor::Client(client_id));
        Ok(pb::PlaceOrderResponse { order: Some(order) })
    };
    Ok(command(db, &caller, &request, place).await?)
}
