use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::Api;
use super::caller::actor;
use super::get_order::view;
use crate::{Error, store};

/// Cancels an order, for its client or a manager (O3).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::CancelOrderRequest>,
) -> Result<pb::CancelOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id("order_id", &request.order_id)?;
    let now = api.clock.now();
    let cancel = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let order = store::orders::lock(conn, id).await?;
        let change = order.cancel(by, request.reason.clone(), now)?;
        messaging::save(conn, &change).await?;
        tracing::info!(order.id = %id, "cancelled");
        Ok(pb::CancelOrderResponse {
            order: Some(view(conn, &change.order, by).await?),
        })
    };
    Ok(command(&api.db, &caller, &request, cancel).await?)
}
