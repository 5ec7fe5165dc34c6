//! Orders cookies from the bakery, and polls until each is delivered or given up (C3).

use chrono::{DateTime, Utc};
use conventions::Actor;
use diesel_async::AsyncPgConnection;
use futures::StreamExt as _;
use opentelemetry::{KeyValue, global};
use service_host::{Clock, Database, fail_point, telemetry};
use tracing::Instrument as _;

use crate::bakery::Bakery;
use crate::domain::cookie::{Answer, Change, Cookie, RetrySchedule};
use crate::domain::ids::OrderId;
use crate::error::Error;
use crate::store::{cookies, kits};

/// Cookies that one run deals with.
const BATCH: i64 = 100;
/// Concurrent calls to the bakery.
const CONCURRENCY: usize = 8;

/// Calls the bakery about each cookie that is due, the longest due first, and records each answer
/// as it arrives.
///
/// The calls are made outside of any transaction. If an answer is lost before it is recorded, the
/// next run repeats the call with the same key.
///
/// # Errors
/// The first error. It does not keep the answers of other cookies from being recorded.
pub async fn run(
    db: &Database,
    bakery: &Bakery,
    schedule: &RetrySchedule,
    clock: &Clock,
) -> Result<(), Error> {
    let calls = global::meter("artel.consumables")
        .u64_counter("artel.consumables.bakery.calls")
        .with_description("Calls to the bakery by outcome")
        .build();
    let due = cookies::due(&mut *db.connection().await?, clock.now(), BATCH).await?;
    let mut answers = futures::stream::iter(due)
        .map(async |(cookie, traceparent): (Cookie, Option<String>)| {
            fail_point::reach("cookie::due");
            let span = telemetry::resumed("ask the bakery", traceparent.as_deref());
            let answer = bakery.call(&cookie).instrument(span.clone()).await;
            (cookie.order, answer, span)
        })
        .buffer_unordered(CONCURRENCY);
    let mut result = Ok(());
    while let Some((order, answer, span)) = answers.next().await {
        fail_point::reach("cookie::answered");
        let outcome = match &answer {
            Answer::Unreachable(_) => "unreachable",
            _ => "answered",
        };
        calls.add(1, &[KeyValue::new("outcome", outcome)]);
        let recorded = record(db, order, &answer, schedule, clock.now());
        result = result.and(recorded.instrument(span).await);
    }
    result
}

/// Records an answer. One that cannot be recorded counts as a failed call: otherwise its cookie
/// would be the first in every batch, and would never be given up.
async fn record(
    db: &Database,
    order: OrderId,
    answer: &Answer,
    schedule: &RetrySchedule,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let save = async |answer: &Answer| {
        db.transaction(async |conn: &mut AsyncPgConnection| {
            save_answer(conn, order, answer.clone(), schedule, now).await
        })
        .await
    };
    let Err(error) = save(answer).await else {
        return Ok(());
    };
    tracing::warn!(order.id = %order, %error, "the bakery's answer cannot be recorded");
    let failed = Answer::Unreachable("the bakery's answer could not be recorded".to_owned());
    // A second error would have the same cause as the first.
    let _ = save(&failed).await;
    Err(error)
}

async fn save_answer(
    conn: &mut AsyncPgConnection,
    order: OrderId,
    answer: Answer,
    schedule: &RetrySchedule,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // The cookie belongs in the newest kit with a cookie. Kits are locked before cookies.
    let kits = kits::of_order(conn, order).await?;
    let kit = match kits.iter().find(|kit| kit.with_cookie) {
        Some(kit) => Some(kits::lock(conn, kit.id).await?),
        None => None,
    };
    let Some(mut cookie) = cookies::lock(conn, order).await? else {
        return Ok(());
    };
    if let Answer::Unreachable(problem) = &answer {
        tracing::warn!(order.id = %order, problem, "the bakery gave no answer");
    }
    let events = cookie.record_answer(answer, schedule, now);
    let change = match kit {
        Some(kit) if !events.is_empty() => Change::in_kit(cookie, kit, events, Actor::system(), now),
        _ => Change::unannounced(cookie),
    };
    messaging::save(conn, &change).await
}
