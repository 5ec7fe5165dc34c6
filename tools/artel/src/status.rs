//! The state of all services.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::cli::Globals;
use crate::commands::ROOT;
use crate::contracts::Context;
use crate::health;
use crate::story::list;

/// One line per service: health, size and age of the outbox, consumer lag, number and age of parked
/// events. A service that does not answer is shown as away. All services are queried concurrently.
pub async fn table(globals: &Globals) -> String {
    let now = Utc::now();
    let mut out = format!(
        "{:<12} {:<24} {:<12} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>8}\n",
        "service", "address", "health", "outbox", "oldest", "lag", "waiting", "following", "parked", "since"
    );
    let lines = Context::ALL.map(|context| line(globals, context, now));
    out.extend(join_all(lines).await);
    out
}

async fn line(globals: &Globals, context: Context, now: DateTime<Utc>) -> String {
    let address = globals.address(context);
    let health = match health::check(address, "").await {
        Ok(true) => "serving",
        Ok(false) => "not serving",
        Err(_) => "away",
    };
    // Services that are away are not queried further.
    let status = match globals.caller(ROOT) {
        Ok(caller) if health != "away" => caller
            .call(context, "GetStatus", json!({}))
            .await
            .unwrap_or_default(),
        _ => Value::Null,
    };
    let figure = |path: &str| {
        let found = status.pointer(path).and_then(Value::as_i64);
        found.map_or_else(|| "?".to_owned(), |number| number.to_string())
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<12} {:<24} {:<12} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>8}",
        context.name(),
        address,
        health,
        figure("/outboxDepth"),
        age(&status, "/outboxOldestAt", now),
        lag(&status),
        figure("/waiting"),
        figure("/following"),
        figure("/parked"),
        age(&status, "/parkedOldestAt", now),
    );
    out
}

/// The unprocessed records of all partitions. Unknown while the broker is away.
fn lag(status: &Value) -> String {
    let measured = status.get("lagError").and_then(Value::as_str) == Some("");
    if !measured {
        return "?".to_owned();
    }
    let lags = list(status, "/lags").iter();
    let sum: i64 = lags
        .filter_map(|partition| partition.get("lag").and_then(Value::as_i64))
        .sum();
    sum.to_string()
}

/// The age in the largest unit that fits.
fn age(status: &Value, path: &str, now: DateTime<Utc>) -> String {
    let at = status.pointer(path).and_then(Value::as_str);
    let Some(at) = at.and_then(|at| DateTime::parse_from_rfc3339(at).ok()) else {
        return if status.is_null() { "?" } else { "-" }.to_owned();
    };
    let seconds = (now - at.to_utc()).num_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}min", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_largest_unit_that_fits() {
        let now = Utc::now();
        for (seconds, told) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2min"),
            (7_200, "2h"),
            (400_000, "4d"),
        ] {
            let at = now - chrono::TimeDelta::seconds(seconds);
            let status = json!({ "at": at.to_rfc3339() });
            assert_eq!(age(&status, "/at", now), told);
        }
        assert_eq!(age(&json!({ "at": null }), "/at", now), "-");
        assert_eq!(age(&Value::Null, "/at", now), "?");
    }

    #[test]
    fn lag_is_unknown_while_the_broker_is_away() {
        let lags = json!([{ "lag": 3 }, { "lag": 4 }]);
        assert_eq!(lag(&json!({ "lags": lags, "lagError": "" })), "7");
        assert_eq!(lag(&json!({ "lags": [], "lagError": "no broker" })), "?");
        assert_eq!(lag(&Value::Null), "?");
    }
}
