//! An order of a worker ended. The report on variants counts it (H6).

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;

use crate::store;

/// Stores that an order was completed.
pub struct OnOrderCompleted;

/// Stores that an order failed.
pub struct OnOrderFailed;

impl On<orders::OrderCompleted> for OnOrderCompleted {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::OrderCompleted>,
    ) -> Result<(), Stop> {
        put(conn, &event.message.order_id, &event.message.worker_id, true).await
    }
}

impl On<orders::OrderFailed> for OnOrderFailed {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::OrderFailed>,
    ) -> Result<(), Stop> {
        put(conn, &event.message.order_id, &event.message.worker_id, false).await
    }
}

async fn put(conn: &mut AsyncPgConnection, order: &str, worker: &str, completed: bool) -> Result<(), Stop> {
    let order = messaging::id("order_id", order)?;
    let worker = messaging::id("worker_id", worker)?;
    Ok(store::ended_orders::put(conn, order, worker, completed).await?)
}
