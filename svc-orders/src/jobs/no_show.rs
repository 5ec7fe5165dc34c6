//! Fails assigned orders whose workers did not start within the grace period (O3).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Clock, Database};

use crate::domain::ids::OrderId;
use crate::domain::order::Refused;
use crate::{Error, store};

/// How many orders are read at once.
const BATCH: i64 = 100;

/// Visits each overdue order once. A failure does not keep the others from being marked.
pub async fn run(db: &Database, clock: &Clock) -> Result<(), Error> {
    let now = clock.now();
    let mut after = None;
    let mut failed = None;
    loop {
        let mut conn = db.connection().await?;
        let overdue = store::orders::overdue(&mut conn, after, now, BATCH).await?;
        drop(conn);
        let Some(last) = overdue.last() else { break };
        after = Some(*last);
        for order in overdue {
            let fail = async |conn: &mut AsyncPgConnection| fail(conn, order, now).await;
            if let Err(error) = db.transaction(fail).await {
                tracing::warn!(order.id = %order, %error, "an order could not be marked as a no-show");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn fail(conn: &mut AsyncPgConnection, id: OrderId, now: DateTime<Utc>) -> Result<(), Error> {
    let order = store::orders::lock(conn, id).await?;
    let service = store::service_types::version(conn, &order.service).await?;
    match order.mark_no_show(service.grace, now) {
        Ok(change) => {
            messaging::save(conn, &change).await?;
            tracing::info!(order.id = %id, "no-show");
            Ok(())
        }
        // The worker started, or the order was cancelled, after it was read.
        Err(Refused::InThisState { .. } | Refused::GraceNotOver) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}
