//! Bets, through the client that lives in the hidden service's own program (T5).

use std::sync::Arc;
use std::time::{Duration, Instant};

use artel::keys::{Key, TTL};
use serde_json::Value;

use crate::program::Program;

/// The bookmaker's counter.
pub struct Counter {
    program: Arc<Program>,
    key: Key,
}

impl Counter {
    /// At this program's address.
    pub fn new(program: Arc<Program>, key: Key) -> Self {
        Self { program, key }
    }

    /// A manager stakes a sum on how an order will end.
    pub fn place(&self, manager: &str, order_id: &str, condition: &str, stake: &str) {
        self.bet(
            manager,
            &[
                "place",
                "--order",
                order_id,
                "--condition",
                condition,
                "--stake",
                stake,
            ],
        );
    }

    /// The settlement of an order's pool, once it is there.
    pub fn settlement(&self, manager: &str, order_id: &str) -> Value {
        let give_up = Instant::now() + Duration::from_secs(30);
        loop {
            match self.try_bet(manager, &["settlement", "--order", order_id]) {
                Ok(settlement) => return settlement,
                Err(error) => assert!(Instant::now() < give_up, "no settlement of {order_id}: {error}"),
            }
            // The condition is another process's; there is nothing to be woken by.
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn bet(&self, manager: &str, arguments: &[&str]) -> Value {
        let give_up = Instant::now() + Duration::from_secs(30);
        loop {
            match self.try_bet(manager, arguments) {
                Ok(answer) => return answer,
                // The order's first event may be on its way.
                Err(error) => assert!(
                    Instant::now() < give_up && error.contains("ORDER_NOT_KNOWN"),
                    "{error}"
                ),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// One run of the client; what it printed, or why it failed.
    pub fn try_bet(&self, manager: &str, arguments: &[&str]) -> Result<Value, String> {
        let token = self
            .key
            .sign(&["manager".to_owned()], manager, TTL)
            .expect("a token can be signed");
        let url = self.program.url();
        let common = ["bet", "--json", "--address", &url, "--token", &token];
        let all: Vec<&str> = common.iter().chain(arguments).copied().collect();
        let output = self.program.output(&all);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        if !output.status.success() {
            return Err(format!("{out}{err}"));
        }
        serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))
    }
}

/// Every sum of this name in an answer, in minor units, ascending.
pub fn sums(answer: &Value, name: &str) -> Vec<i64> {
    fn collect(value: &Value, name: &str, into: &mut Vec<i64>) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    match value.as_i64() {
                        Some(minor) if field == name => into.push(minor),
                        _ => collect(value, name, into),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, name, into)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(answer, name, &mut found);
    found.sort_unstable();
    found
}
