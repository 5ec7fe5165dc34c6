//! Finds workers for placed orders (O4).

use std::pin::pin;

use futures::stream::{self, StreamExt as _};
use service_host::{Database, telemetry};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::id::OrderId;
use crate::matching::Matcher;
use crate::{Error, clock, store};

/// How many orders are taken up at once.
const BATCH: i64 = 100;
/// How many are matched side by side: a slow step of somebody else's delays so many orders, not all.
const SIDE_BY_SIDE: usize = 4;

/// One pass over all orders that are due. Each is visited once; one that fails doesn't keep the others from theirs. Where
/// many wait, a pass takes longer than a process has to drain: after the shutdown none is taken up any more.
pub async fn run(db: &Database, matcher: &Matcher, shutdown: &CancellationToken) -> Result<(), Error> {
    let mut after = None;
    let mut failed = None;
    while !shutdown.is_cancelled() {
        let mut conn = db.connection().await?;
        let wishes = store::match_queue::due(&mut conn, after, clock::now(), BATCH).await?;
        let Some((last, _)) = wishes.last() else { break };
        after = Some(last.order);
        let pipeline = store::pipelines::find(&mut conn, &matcher.rules().pipeline, None)
            .await?
            .pipeline;
        drop(conn);
        let attempts: Vec<_> = wishes
            .into_iter()
            .map(|(wish, traceparent)| {
                let span = telemetry::resumed("match", traceparent.as_deref());
                named(wish.order, matcher.attempt(wish, &pipeline)).instrument(span)
            })
            .collect();
        let attempts = stream::iter(attempts).take_until(shutdown.cancelled());
        let mut outcomes = pin!(attempts.buffer_unordered(SIDE_BY_SIDE));
        while let Some((order, outcome)) = outcomes.next().await {
            if let Err(error) = outcome {
                tracing::warn!(order.id = %order, %error, "could not be matched");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn named<T>(order: OrderId, outcome: impl Future<Output = T>) -> (OrderId, T) {
    (order, outcome.await)
}
