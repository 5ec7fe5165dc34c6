//! The mesh at one glance.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::Globals;
use crate::commands::ROOT;
use crate::contracts::Context;
use crate::health;
use crate::story::list;

/// One line per service: health, outbox, lag, parked; a service that doesn't answer says so.
pub async fn table(globals: &Globals) -> String {
    let mut out = format!(
        "{:<12} {:<24} {:<12} {:>8} {:>8} {:>8} {:>8}\n",
        "service", "address", "health", "outbox", "lag", "waiting", "parked"
    );
    for context in Context::ALL {
        let address = globals.address(context);
        let health = match health::check(address, "").await {
            Ok(true) => "serving",
            Ok(false) => "not serving",
            Err(_) => "away",
        };
        let status = match globals.caller(ROOT) {
            Ok(caller) => caller
                .call(context, "GetStatus", json!({}))
                .await
                .unwrap_or_default(),
            Err(_) => Value::Null,
        };
        let figure = |path: &str| {
            let found = status.pointer(path).and_then(Value::as_i64);
            found.map_or_else(|| "?".to_owned(), |number| number.to_string())
        };
        let lag: i64 = list(&status, "/lags")
            .iter()
            .filter_map(|partition| partition.get("lag").and_then(Value::as_i64))
            .sum();
        let lag = if status.is_null() {
            "?".to_owned()
        } else {
            lag.to_string()
        };
        let _ = writeln!(
            out,
            "{:<12} {:<24} {:<12} {:>8} {:>8} {:>8} {:>8}",
            context.name(),
            address,
            health,
            figure("/outboxDepth"),
            lag,
            figure("/waiting"),
            figure("/parked"),
        );
    }
    out
}
