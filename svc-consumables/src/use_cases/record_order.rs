//! Stores what an event says about an order.

use diesel_async::AsyncPgConnection;

use crate::domain::order::Order;
use crate::error::Error;
use crate::store::orders;

/// Locks and stores the order. `None` if a newer event or the order's end was received before.
pub async fn record_order(conn: &mut AsyncPgConnection, mut order: Order) -> Result<Option<Order>, Error> {
    if let Some(known) = orders::lock(conn, order.id).await? {
        if known.over || known.version >= order.version {
            return Ok(None);
        }
        if order.worker_name.is_empty() && order.worker == known.worker {
            order.worker_name = known.worker_name;
        }
    }
    orders::save(conn, &order).await?;
    Ok(Some(order))
}
