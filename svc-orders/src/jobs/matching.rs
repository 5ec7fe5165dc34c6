//! Finds workers for placed orders (O4).

use std::pin::pin;

use futures::stream::{self, StreamExt as _};
use service_host::{Clock, Database, telemetry};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::ids::OrderId;
use crate::use_cases::match_order::Matcher;
use crate::{Error, store};

/// How many requests are read at once.
const BATCH: i64 = 100;
/// How many orders are matched concurrently. A slow remote step delays at most this many.
const CONCURRENCY: usize = 4;

/// Attempts each due request once. A failure does not keep the others from being attempted. With
/// many requests a pass takes longer than the drain timeout: after `shutdown` no further attempt
/// starts.
pub async fn run(
    db: &Database,
    matcher: &Matcher,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let mut after = None;
    let mut failed = None;
    while !shutdown.is_cancelled() {
        let mut conn = db.connection().await?;
        let requests = store::match_requests::due(&mut conn, after, clock.now(), BATCH).await?;
        let Some((last, _)) = requests.last() else { break };
        after = Some(last.order);
        let pipeline = store::pipelines::get(&mut conn, &matcher.rules().pipeline, None)
            .await?
            .pipeline;
        drop(conn);
        let attempts: Vec<_> = requests
            .into_iter()
            .map(|(request, traceparent)| {
                let span = telemetry::resumed("match", traceparent.as_deref());
                named(request.order, matcher.attempt(request, &pipeline)).instrument(span)
            })
            .collect();
        let attempts = stream::iter(attempts).take_until(shutdown.cancelled());
        let mut outcomes = pin!(attempts.buffer_unordered(CONCURRENCY));
        while let Some((order, outcome)) = outcomes.next().await {
            if let Err(error) = outcome {
                tracing::warn!(order.id = %order, %error, "an order could not be matched");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn named<T>(order: OrderId, outcome: impl Future<Output = T>) -> (OrderId, T) {
    (order, outcome.await)
}
