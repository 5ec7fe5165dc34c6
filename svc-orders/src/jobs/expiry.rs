//! Cancels placed orders whose slot is over: no worker can come any more.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::{Clock, Database};

use crate::domain::ids::OrderId;
use crate::domain::order::Refused;
use crate::{Error, store};

/// How many orders are read at once.
const BATCH: i64 = 100;

/// Visits each expired order once. A failure does not keep the others from being cancelled.
pub async fn run(db: &Database, clock: &Clock) -> Result<(), Error> {
    let now = clock.now();
    let mut after = None;
    let mut failed = None;
    loop {
        let mut conn = db.connection().await?;
        let expired = store::match_requests::slot_over(&mut conn, after, now, BATCH).await?;
        drop(conn);
        let Some(last) = expired.last() else { break };
        after = Some(*last);
        for order in expired {
            let expire = async |conn: &mut AsyncPgConnection| expire(conn, order, now).await;
            if let Err(error) = db.transaction(expire).await {
                tracing::warn!(order.id = %order, %error, "an expired order could not be cancelled");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn expire(conn: &mut AsyncPgConnection, id: OrderId, now: DateTime<Utc>) -> Result<(), Error> {
    match store::orders::lock(conn, id).await?.expire(now) {
        Ok(change) => {
            messaging::save(conn, &change).await?;
            tracing::info!(order.id = %id, "expired: no worker was available in its slot");
            Ok(())
        }
        // The order was cancelled after it was read.
        Err(Refused::InThisState { .. }) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}
