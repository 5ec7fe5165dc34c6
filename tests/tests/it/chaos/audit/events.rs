//! Every event has been taken in by everyone who listens: none is kept aside, none is left in an
//! outbox or a topic.

use std::collections::BTreeMap;

use artel::contracts::Context;
use artel::failure::Error;
use artel::story::list;
use serde_json::{Value, json};

use super::books::{Books, word};
use super::findings::Findings;

/// How many events were published.
pub async fn audit(books: &Books<'_>, found: &mut Findings) -> Result<i64, Error> {
    let mut ends = BTreeMap::new();
    for context in Context::ALL {
        let status = books.root.call(context, "GetStatus", json!({})).await?;
        for name in ["outboxDepth", "waiting", "parked", "following", "dropped"] {
            found.expect(context.name(), name, &status[name].as_i64(), &Some(0));
        }
        found.expect(
            context.name(),
            "listens to nothing",
            &list(&status, "/lags").is_empty(),
            &false,
        );
        found.expect(context.name(), "its lags", &word(&status, "lagError"), &"");
        for partition in list(&status, "/lags") {
            let place = (
                word(partition, "topic").to_owned(),
                partition["partition"].as_i64(),
            );
            let about = format!("{} {place:?}", context.name());
            found.expect(about, "its lag", &partition["lag"].as_i64(), &Some(0));
            let end = partition.get("end").and_then(Value::as_i64);
            ends.insert(place, end.unwrap_or_default());
        }
    }
    Ok(ends.values().sum())
}
