//! Places an order for a client (O2). Orders of concurrent calls are committed together (ADR 10).

mod batcher;
mod placement;

use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

pub use batcher::PlacementBatcher;
use placement::Placement;

use super::Api;
use crate::store::orders::NewOrders;
use crate::{Error, store};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::PlaceOrderRequest>,
) -> Result<pb::PlaceOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let placement = Placement::of(&caller, &request)?;
    let response = match api.placing.place(placement.clone()).await? {
        Some(response) => response,
        None => place_alone(api, &caller, &request, &placement).await?,
    };
    if let Some(order) = &response.order {
        tracing::info!(order.id = %order.order_id, client.id = %request.client_id, "placed");
    }
    Ok(response)
}

/// Places an order that a batch left out: one that is refused, or that was placed by the same
/// request before.
async fn place_alone(
    api: &Api,
    caller: &Caller,
    request: &pb::PlaceOrderRequest,
    placement: &Placement,
) -> Result<pb::PlaceOrderResponse, Error> {
    let now = api.clock.now();
    let place = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let client = store::clients::get(conn, placement.client).await?;
        let service = store::service_types::newest(conn, placement.service).await?;
        let order = placement.order(&client, &service, now)?;
        messaging::save_pipelined(conn, &NewOrders::one(&order)).await?;
        Ok(placement::response(&order))
    };
    Ok(command(&api.db, caller, request, place).await?)
}
