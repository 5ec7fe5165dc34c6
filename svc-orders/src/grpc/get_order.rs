use std::collections::HashMap;
use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, Groups, field};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::ids::OrderId;
use crate::domain::order::Order;
use crate::error::{Error, Resource};
use crate::store;
use crate::store::orders::Whole;

/// Reads the orders of concurrent calls in one round trip (ADR 10). As with a query of its own, a
/// call sees everything that was committed before it.
#[derive(Clone)]
pub struct Reader {
    db: Database,
    groups: Groups<OrderId, Option<Arc<Whole>>>,
}

impl Reader {
    pub fn new(db: &Database) -> Self {
        let reader_db = db.clone();
        let groups = Groups::new("read orders", move |ids: Vec<OrderId>| {
            let db = reader_db.clone();
            async move { read_all(&db, &ids).await }
        });
        Self {
            db: db.clone(),
            groups,
        }
    }

    async fn read(&self, id: OrderId) -> Result<Option<Arc<Whole>>, Error> {
        if let Some(found) = self.groups.join(id).await? {
            return Ok(found);
        }
        let conn = self.db.connection().await?;
        let found = store::orders::find_whole(&conn, &[id]).await?.pop();
        Ok(found.map(Arc::new))
    }
}

/// After a failure each call reads its own order, so that an invalid row fails only the calls for
/// it.
async fn read_all(db: &Database, ids: &[OrderId]) -> Vec<Option<Option<Arc<Whole>>>> {
    let read = async || -> Result<Vec<Whole>, Error> {
        let conn = db.connection().await?;
        store::orders::find_whole(&conn, ids).await
    };
    match read().await {
        Ok(found) => {
            let found: HashMap<OrderId, Arc<Whole>> = found
                .into_iter()
                .map(|whole| (whole.order.id, Arc::new(whole)))
                .collect();
            ids.iter().map(|id| Some(found.get(id).cloned())).collect()
        }
        Err(error) => {
            tracing::warn!(%error, group.size = ids.len(), "orders could not be read as a group; each call reads its own");
            vec![None; ids.len()]
        }
    }
}

/// Returns an order with its history (O8).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetOrderRequest>,
) -> Result<pb::GetOrderResponse, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let id = field::id("order_id", &request.get_ref().order_id)?;
    let whole = api
        .reader
        .read(id)
        .await?
        .filter(|whole| whole.order.is_visible_to(viewer))
        .ok_or(Error::NotFound(Resource::Order))?;
    Ok(pb::GetOrderResponse {
        order: Some(convert::order(&whole.order, &whole.kits, viewer)),
        history: whole.history.iter().map(convert::change).collect(),
    })
}

/// The order, or `NotFound` if the viewer may not know of it.
pub(super) async fn visible(
    conn: &mut AsyncPgConnection,
    id: OrderId,
    viewer: Actor,
) -> Result<Order, Error> {
    let order = store::orders::get(conn, id).await?;
    if order.is_visible_to(viewer) {
        Ok(order)
    } else {
        Err(Error::NotFound(Resource::Order))
    }
}

/// The order with its kits, as the viewer may see it.
pub(super) async fn view(
    conn: &mut AsyncPgConnection,
    order: &Order,
    viewer: Actor,
) -> Result<pb::Order, Error> {
    let kits = store::kits::of_orders(conn, &[order.id]).await?;
    Ok(convert::order(order, &kits, viewer))
}
