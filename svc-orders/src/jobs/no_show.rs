//! Finds orders whose workers didn't come within the grace period (O3).

use diesel_async::AsyncPgConnection;
use service_host::Database;

use crate::domain::id::OrderId;
use crate::domain::order::Refused;
use crate::{Error, clock, store};

/// How many orders are taken up at once.
const BATCH: i64 = 100;

/// One pass over all orders that are overdue.
pub async fn run(db: &Database) -> Result<(), Error> {
    loop {
        let mut conn = db.connection().await?;
        let overdue = store::orders::overdue(&mut conn, clock::now(), BATCH).await?;
        drop(conn);
        let all = overdue.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for order in overdue {
            db.transaction(async |conn: &mut AsyncPgConnection| fail(conn, order).await)
                .await?;
        }
        if all {
            return Ok(());
        }
    }
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
