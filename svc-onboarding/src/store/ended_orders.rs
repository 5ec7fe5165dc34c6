//! How orders ended, by worker.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::schema::ended_orders;

/// Keeps how an order ended. Ends are final: the first word stays.
pub async fn put(
    conn: &mut AsyncPgConnection,
    order: Uuid,
    worker: Uuid,
    completed: bool,
) -> QueryResult<()> {
    diesel::insert_into(ended_orders::table)
        .values((
            ended_orders::order_id.eq(order),
            ended_orders::worker_id.eq(worker),
            ended_orders::completed.eq(completed),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}
