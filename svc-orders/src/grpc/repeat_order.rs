use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::ids::OrderId;
use crate::store::orders::NewOrders;
use crate::{Error, store};

/// Places a failed or cancelled order again, on another slot (O7).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RepeatOrderRequest>,
) -> Result<pb::RepeatOrderResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let first = field::id("order_id", &request.order_id)?;
    let slot = convert::to_slot(request.slot.as_ref())?;
    let now = api.clock.now();
    let repeat = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let first = store::orders::get(conn, first).await?;
        let client = store::clients::get(conn, first.client).await?;
        let service = store::service_types::newest(conn, first.service.id).await?;
        let order = first.repeat(OrderId::generate(), by, &client, &service, slot, now)?;
        messaging::save_pipelined(conn, &NewOrders::one(&order)).await?;
        tracing::info!(order.id = %order.id, order.repeats = %first.id, "placed again");
        Ok(pb::RepeatOrderResponse {
            order: Some(convert::order(&order, &[], by)),
        })
    };
    Ok(command(&api.db, &caller, &request, repeat).await?)
}
