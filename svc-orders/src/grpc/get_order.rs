use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use super::caller::actor;
use super::convert;
use crate::domain::actor::Actor;
use crate::domain::id::OrderId;
use crate::domain::order::Order;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// O8: one order with its history.
pub(super) async fn handle(
    db: &Database,
    request: Request<pb::GetOrderRequest>,
) -> Result<pb::GetOrderResponse, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let id = OrderId(wire::to_uuid("order_id", &request.get_ref().order_id)?);
    let mut conn = db.connection().await?;
    let order = visible(&mut conn, id, viewer).await?;
    let history = store::changes::of_order(&mut conn, id).await?;
    Ok(pb::GetOrderResponse {
        order: Some(view(&mut conn, &order, viewer).await?),
        history: history.iter().map(convert::change).collect(),
    })
}

/// The order, where this viewer may know of it.
pub(super) async fn visible(
    conn: &mut AsyncPgConnection,
    id: OrderId,
    viewer: Actor,
) -> Result<Order, Error> {
    let order = store::orders::find(conn, id).await?;
    order
        .filter(|order| order.is_visible_to(viewer))
        .ok_or(Error::NotFound(Thing::Order))
}

/// The order with its kits, as this viewer may see it.
pub(super) async fn view(
    conn: &mut AsyncPgConnection,
    order: &Order,
    viewer: Actor,
) -> Result<pb::Order, Error> {
    let kits = store::kits::of_orders(conn, &[order.id]).await?;
    Ok(convert::order(order, &kits, viewer))
}
