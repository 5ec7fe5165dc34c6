//! Calls off placed orders whose slot is over: nobody was free, and nobody can come any more.

use diesel_async::AsyncPgConnection;
use service_host::Database;

use crate::domain::id::OrderId;
use crate::domain::order::Refused;
use crate::{Error, clock, store};

/// How many orders are taken up at once.
const BATCH: i64 = 100;

/// One pass over all orders that found nobody. Each is visited once; one that fails doesn't keep the others from theirs.
pub async fn run(db: &Database) -> Result<(), Error> {
    let mut after = None;
    let mut failed = None;
    loop {
        let mut conn = db.connection().await?;
        let over = store::match_queue::over(&mut conn, after, clock::now(), BATCH).await?;
        drop(conn);
        let Some(last) = over.last() else { break };
        after = Some(*last);
        for order in over {
            let outcome = db
                .transaction(async |conn: &mut AsyncPgConnection| expire(conn, order).await)
                .await;
            if let Err(error) = outcome {
                tracing::warn!(order.id = %order, %error, "could not be called off");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn expire(conn: &mut AsyncPgConnection, id: OrderId) -> Result<(), Error> {
    let Some(order) = store::orders::lock(conn, id).await? else {
        return Ok(());
    };
    match order.expire(clock::now()) {
        Ok(change) => {
            store::orders::save(conn, &change).await?;
            tracing::info!(order.id = %id, "nobody was free");
            Ok(())
        }
        // Somebody cancelled in the meantime.
        Err(Refused::InThisState { .. }) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}
