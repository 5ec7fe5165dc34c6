use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::domain::id::OrderId;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O3: the client or a manager calls the order off.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CancelOrderRequest>,
) -> Result<pb::CancelOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = OrderId(wire::to_uuid("order_id", &request.order_id)?);
    let cancel = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Order))?;
        let change = order.cancel(by, request.reason.clone(), clock::now())?;
        store::orders::save(conn, &change).await?;
        tracing::info!(order.id = %id, "cancelled");
        Ok(pb::CancelOrderResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, cancel).await?)
}
