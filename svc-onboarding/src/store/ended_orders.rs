//! The outcome of each worker's orders.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::schema::ended_orders;
use crate::domain::ids::{OrderId, WorkerId};

/// Stores the outcome of an order. A stored outcome is final and is not replaced.
pub async fn put(
    conn: &mut AsyncPgConnection,
    order: OrderId,
    worker: WorkerId,
    completed: bool,
) -> QueryResult<()> {
    diesel::insert_into(ended_orders::table)
        .values((
            ended_orders::order_id.eq(order.0),
            ended_orders::worker_id.eq(worker.0),
            ended_orders::completed.eq(completed),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}
