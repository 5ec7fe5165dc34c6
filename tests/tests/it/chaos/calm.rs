//! Waiting until everything has come to rest: every event published and taken in, every job done.

use std::time::Duration;

use artel::contracts::Context::{Billing, Consumables, Notify};
use artel::contracts::{self, Context};
use artel::failure::Error;
use artel::story::{Stage, list, text};
use serde_json::{Value, json};
use test_support::eventually;

use crate::mesh::Mesh;

/// A dead consumer's partitions are given to its successor when its session is over; the rest is
/// the machine's.
const BOUND: Duration = Duration::from_mins(5);

/// Waits until two looks in a row find nothing under way: what one service has just finished may be
/// another one's work.
pub async fn settled(mesh: &Mesh, stage: &Stage) {
    for program in mesh.programs() {
        program.serves_within(BOUND).await;
    }
    eventually(BOUND, async || {
        for _ in 0..2 {
            let under_way = under_way(stage).await.map_err(|error| error.to_string())?;
            if !under_way.is_empty() {
                return Err(under_way.join(", "));
            }
        }
        Ok(())
    })
    .await;
}

async fn under_way(stage: &Stage) -> Result<Vec<String>, Error> {
    let root = stage.root()?;
    let mut found = Vec::new();
    for context in contracts::Context::ALL {
        let status = root.call(context, "GetStatus", json!({})).await?;
        found.extend(events_of(context, &status)?);
    }
    let pending = json!({ "status": "DELIVERY_STATUS_PENDING", "pageSize": 100 });
    let mails = root.call(Notify, "ListDeliveries", pending).await?;
    found.extend(list(&mails, "/deliveries").iter().map(|_| "a mail".to_owned()));
    for (method, path) in [("ListPayments", "/payments"), ("ListPayouts", "/payouts")] {
        let newest = root.call(Billing, method, json!({ "pageSize": 100 })).await?;
        for attempt in list(&newest, path) {
            let status = text(attempt, "/status")?;
            if status.ends_with("PENDING") || status.ends_with("ACCEPTED") {
                found.push(format!("{path} {status}"));
            }
        }
    }
    // A period that is over has its accounts closed by a job, whose work is seen only when it is
    // done.
    let periods = root
        .call(Billing, "ListPeriods", json!({ "pageSize": 100 }))
        .await?;
    let unclosed = list(&periods, "/periods")
        .iter()
        .filter(|period| period.get("closedAt").is_none_or(Value::is_null));
    found.extend(unclosed.map(|_| "a period".to_owned()));
    let open = root
        .call(Consumables, "ListKits", json!({ "pageSize": 100 }))
        .await?;
    found.extend(list(&open, "/kits").iter().map(|_| "a kit".to_owned()));
    Ok(found)
}

fn events_of(context: Context, status: &Value) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = ["outboxDepth", "waiting", "following"]
        .into_iter()
        .filter(|name| status[name].as_i64() != Some(0))
        .map(|name| format!("{} {name} {}", context.name(), status[name]))
        .collect();
    let error = text(status, "/lagError")?;
    if !error.is_empty() {
        found.push(format!("{} {error}", context.name()));
    }
    let lag: i64 = list(status, "/lags")
        .iter()
        .filter_map(|partition| partition.get("lag")?.as_i64())
        .sum();
    if lag > 0 {
        found.push(format!("{} lag {lag}", context.name()));
    }
    Ok(found)
}
