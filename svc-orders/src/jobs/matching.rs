//! Finds workers for placed orders (O4).

use service_host::Database;

use crate::matching::Matcher;
use crate::{Error, clock, store};

/// How many orders are taken up at once.
const BATCH: i64 = 100;

/// One pass over all orders that are due. Each is visited once; one that fails doesn't keep the others from theirs.
pub async fn run(db: &Database, matcher: &Matcher) -> Result<(), Error> {
    let mut conn = db.connection().await?;
    store::match_queue::give_up(&mut conn, clock::now()).await?;
    drop(conn);
    let mut after = None;
    let mut failed = None;
    loop {
        let mut conn = db.connection().await?;
        let wishes = store::match_queue::due(&mut conn, after, clock::now(), BATCH).await?;
        let Some(last) = wishes.last() else { break };
        after = Some(last.order);
        let pipeline = store::pipelines::find(&mut conn, &matcher.rules().pipeline, None)
            .await?
            .pipeline;
        drop(conn);
        for wish in wishes {
            if let Err(error) = matcher.attempt(wish, &pipeline).await {
                tracing::warn!(order.id = %wish.order, %error, "could not be matched");
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}
