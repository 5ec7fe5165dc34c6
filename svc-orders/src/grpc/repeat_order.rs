use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::id::OrderId;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O7: a failed or cancelled order once more, on another slot.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RepeatOrderRequest>,
) -> Result<pb::RepeatOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let first = OrderId(wire::to_uuid("order_id", &request.order_id)?);
    let slot = wire::to_slot(request.slot.as_ref())?;
    let repeat = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let first = store::orders::find(conn, first)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        let client = store::clients::find(conn, first.client)
            .await?
            .ok_or(Error::NotFound(Thing::Client))?;
        let service = store::service_types::newest(conn, first.service.id)
            .await?
            .ok_or(Error::NotFound(Thing::ServiceType))?;
        let change = first.repeat(OrderId::generate(), by, &client, &service, slot, clock::now())?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %change.order.id, order.repeats = %first.id, "placed again");
        Ok(pb::RepeatOrderResponse {
            order: Some(convert::order(&change.order, &[], by)),
        })
    };
    Ok(command(&api.db, &caller, &request, repeat).await?)
}
