//! O2: a client places an order. What several clients place at once is committed together (ADR 10).

mod placement;
mod together;

use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, command};
use tonic::Request;

use placement::Placement;
pub use together::Together;

use super::Api;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::PlaceOrderRequest>,
) -> Result<pb::PlaceOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let placement = Placement::of(&caller, &request)?;
    let response = match api.placing.place(placement.clone()).await? {
        Some(response) => response,
        None => alone(&api.db, &caller, &request, &placement).await?,
    };
    if let Some(order) = &response.order {
        tracing::info!(order.id = %order.order_id, client.id = %request.client_id, "placed");
    }
    Ok(response)
}

/// In a transaction of its own: whatever is not simply well.
async fn alone(
    db: &Database,
    caller: &Caller,
    request: &pb::PlaceOrderRequest,
    placement: &Placement,
) -> Result<pb::PlaceOrderResponse, Error> {
    let place = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let client = store::clients::find(conn, placement.client).await?;
        let service = store::service_types::newest(conn, placement.service).await?;
        let change = placement.decide(client.as_ref(), service.as_ref())?;
        store::orders::save(conn, &change).await?;
        Ok(placement::response(&change))
    };
    Ok(command(db, caller, request, place).await?)
}
