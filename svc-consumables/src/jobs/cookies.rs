//! C3: orders cookies and asks after them, until each is there or given up.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use futures::StreamExt as _;
use opentelemetry::{KeyValue, global};
use service_host::{Database, fail_point, telemetry};
use tracing::Instrument as _;

use crate::bakery::Bakery;
use crate::domain::cookie::{Answer, Cookie, Patience};
use crate::domain::ids::OrderId;
use crate::error::Error;
use crate::events::publish;
use crate::store::{cookies, kits};

/// Cookies asked about in one run.
const BATCH: i64 = 100;
/// Calls to the bakery at a time.
const AT_A_TIME: usize = 8;

/// Asks the bakery about everything that is due, the longest waiting first, and writes each answer down as it comes.
///
/// The calls are made outside of any transaction. Whatever happens between a call and the writing, the next run makes the
/// same call again with the same key.
///
/// # Errors
/// The first that was met. One cookie's failure keeps no other cookie from its answer.
pub async fn run(db: &Database, bakery: &Bakery, patience: &Patience) -> Result<(), Error> {
    let calls = global::meter("artel.consumables")
        .u64_counter("artel.consumables.bakery.calls")
        .with_description("Calls to the cookie contractor, by what became of them")
        .build();
    let due = cookies::due(&mut *db.connection().await?, Utc::now(), BATCH).await?;
    let mut answers = futures::stream::iter(due)
        .map(async |(cookie, traceparent): (Cookie, Option<String>)| {
            fail_point::reach("cookie::due");
            let span = telemetry::resumed("ask the bakery", traceparent.as_deref());
            let answer = bakery.call(&cookie).instrument(span.clone()).await;
            (cookie.order, answer, span)
        })
        .buffer_unordered(AT_A_TIME);
    let mut outcome = Ok(());
    while let Some((order, answer, span)) = answers.next().await {
        fail_point::reach("cookie::answered");
        let told = match &answer {
            Answer::Unreachable(_) => "unreachable",
            _ => "answered",
        };
        calls.add(1, &[KeyValue::new("outcome", told)]);
        let kept = keep(db, order, &answer, patience).instrument(span).await;
        outcome = outcome.and(kept);
    }
    outcome
}

/// Writes an answer down. One that can't be written is treated as none: so its cookie is asked about less and less often,
/// and in the end given up, instead of standing first in every batch.
async fn keep(db: &Database, order: OrderId, answer: &Answer, patience: &Patience) -> Result<(), Error> {
    let Err(error) = write(db, order, answer, patience).await else {
        return Ok(());
    };
    tracing::warn!(order.id = %order, %error, "the bakery's answer can't be kept");
    let unusable = Answer::Unreachable("the bakery's answer could not be kept".to_owned());
    // The first error says why; this one would say the same.
    let _ = write(db, order, &unusable, patience).await;
    Err(error)
}

async fn write(db: &Database, order: OrderId, answer: &Answer, patience: &Patience) -> Result<(), Error> {
    db.transaction(async |conn: &mut AsyncPgConnection| {
        record(conn, order, answer.clone(), patience, Utc::now()).await
    })
    .await
}

/// Writes down an answer, and publishes what it means for the kit.
pub async fn record(
    conn: &mut AsyncPgConnection,
    order: OrderId,
    answer: Answer,
    patience: &Patience,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // The newest kit with a cookie is the one that this is for; kits are locked before cookies, everywhere.
    let kits = kits::of_order(conn, order).await?;
    let kit = match kits.iter().find(|kit| kit.with_cookie) {
        Some(kit) => kits::lock(conn, kit.id).await?,
        None => None,
    };
    let Some(mut cookie) = cookies::lock(conn, order).await? else {
        return Ok(());
    };
    if let Answer::Unreachable(why) = &answer {
        tracing::warn!(order.id = %order, why, "the bakery gave no answer");
    }
    let events = cookie.answered(answer, patience, now);
    cookies::save(conn, &cookie).await?;
    if let Some(mut kit) = kit {
        for event in events {
            kit.touch(now);
            publish::cookie(conn, &kit, &cookie, event, &publish::system(), now).await?;
        }
        kits::save_version(conn, &kit).await?;
    }
    Ok(())
}
