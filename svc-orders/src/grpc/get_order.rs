use std::collections::HashMap;
use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, Groups};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::actor::Actor;
use crate::domain::id::OrderId;
use crate::domain::order::Order;
use crate::error::{Error, Thing};
use crate::store::orders::Whole;
use crate::{store, wire};

/// Reads orders, those of all who ask at the same time by one round trip (ADR 10). Each sees what was committed before
/// they asked, as by a reading of their own.
#[derive(Clone)]
pub struct Reader {
    db: Database,
    together: Groups<OrderId, Option<Arc<Whole>>>,
}

impl Reader {
    /// Of this database.
    pub fn new(db: &Database) -> Self {
        let reading = db.clone();
        let together = Groups::new("read orders", move |ids: Vec<OrderId>| {
            let db = reading.clone();
            async move { read_all(&db, &ids).await }
        });
        Self {
            db: db.clone(),
            together,
        }
    }

    async fn read(&self, id: OrderId) -> Result<Option<Arc<Whole>>, Error> {
        if let Some(found) = self.together.join(id).await? {
            return Ok(found);
        }
        let conn = self.db.connection().await?;
        let found = store::orders::find_whole(&conn, &[id]).await?.pop();
        Ok(found.map(Arc::new))
    }
}

/// When it fails, each reads alone, so that only whose order it is hears of it.
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
            tracing::warn!(%error, group.size = ids.len(), "orders could not be read together; each is read alone");
            vec![None; ids.len()]
        }
    }
}

/// O8: one order with its history.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetOrderRequest>,
) -> Result<pb::GetOrderResponse, Error> {
    let viewer = actor(&Caller::of(&request)?)?;
    let id = OrderId(wire::to_uuid("order_id", &request.get_ref().order_id)?);
    let whole = api
        .reader
        .read(id)
        .await?
        .filter(|whole| whole.order.is_visible_to(viewer))
        .ok_or(Error::NotFound(Thing::Order))?;
    Ok(pb::GetOrderResponse {
        order: Some(convert::order(&whole.order, &whole.kits, viewer)),
        history: whole.history.iter().map(convert::change).collect(),
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
