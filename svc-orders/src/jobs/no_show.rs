//! Finds orders whose workers didn't come within the grace period (O3).

use diesel_async::AsyncPgConnection;
use service_host::Database;

use crate::domain::id::OrderId;
use crate::domain::order::Refused;
use crate::{Error, clock, store};

/// How many orders are taken up at once.
const BATCH: i64 = 100;

/// One pass over all orders that are overdue. Each is visited once; one that fails doesn't keep the others from theirs.
pub async fn run(db: &Database) -> Result<(), Error> {
    let mut after = None;
    let mut failed = None;
    loop {
        let mut conn = db.connection().await?;
        let overdue = store::orders::overdue(&mut conn, after, clock::now(), BATCH).await?;
        drop(conn);
        let Some(last) = overdue.last() else { break };
        after = Some(*last);
        for order in overdue {
            let outcome = db
                .transaction(async |conn: &mut AsyncPgConnection| fail(conn, order).await)
                .await;
            if let Err(error) = outcome {
                tracing::warn!(order.id = %order, %error, "could not be marked as a no-show");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn fail(conn: &mut AsyncPgConnection, id: OrderId) -> Result<(), Error> {
    let Some(order) = store::orders::lock(conn, id).await? else {
        return Ok(());
    };
    let service = store::service_types::version(conn, &order.service).await?;
    match order.mark_no_show(service.grace, clock::now()) {
        Ok(change) => {
            store::orders::save(conn, &change).await?;
            tracing::info!(order.id = %id, "no-show");
            Ok(())
        }
        // The worker started, or somebody cancelled, in the meantime.
        Err(Refused::InThisState { .. } | Refused::GraceNotOver) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}
