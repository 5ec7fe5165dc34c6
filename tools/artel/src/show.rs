//! Prints answers on a terminal.

use std::fmt::Write as _;

use chrono::{DateTime, Local};
use money::{Currency, Money};
use serde_json::{Map, Value};

/// Formats an answer for people: indented names and values, amounts with decimals, times in the
/// local time zone.
pub fn plain(answer: &Value) -> String {
    let mut out = String::new();
    match answer {
        // Omits the wrapper of a single object: {order: {…}} → {…}.
        Value::Object(fields) if fields.len() == 1 => match fields.values().next() {
            Some(inner @ (Value::Object(_) | Value::Array(_))) => write(&mut out, inner, 0),
            _ => write(&mut out, answer, 0),
        },
        _ => write(&mut out, answer, 0),
    }
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
                if let Some(text) = scalar(value) {
                    let _ = writeln!(out, "{indent}{name}: {text}");
                } else {
                    let _ = writeln!(out, "{indent}{name}:");
                    write(out, value, depth + 1);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Some(text) = scalar(item) {
                    let _ = writeln!(out, "{indent}- {text}");
                    continue;
                }
                let mut inner = String::new();
                write(&mut inner, item, depth + 1);
                let marker = format!("{indent}- ");
                out.push_str(&marker);
                out.push_str(inner.get(marker.len()..).unwrap_or_default());
            }
        }
        other => {
            let _ = writeln!(out, "{indent}{}", scalar(other).unwrap_or_default());
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Formats values that fit on one line: plain values, amounts of money, slots.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(time(text).unwrap_or_else(|| text.clone())),
        Value::Object(fields) => amount(fields).or_else(|| slot(fields)).or_else(|| actor(fields)),
        Value::Array(_) => None,
    }
}

/// `{"currencyCode": "RUB", "minorUnits": 10000}` → `100.00 RUB`.
fn amount(fields: &Map<String, Value>) -> Option<String> {
    money(&Value::Object(fields.clone())).map(|money| money.to_string())
}

/// Reads an amount of money from an answer.
pub fn money(value: &Value) -> Option<Money> {
    let currency: Currency = value.get("currencyCode")?.as_str()?.parse().ok()?;
    Some(Money::new(value.get("minorUnits")?.as_i64()?, currency))
}

fn slot(fields: &Map<String, Value>) -> Option<String> {
    if fields.len() != 2 {
        return None;
    }
    Some(format!(
        "{} – {}",
        time(fields.get("start")?.as_str()?)?,
        time(fields.get("end")?.as_str()?)?
    ))
}

fn actor(fields: &Map<String, Value>) -> Option<String> {
    let role = fields
        .get("role")?
        .as_str()?
        .strip_prefix("ROLE_")?
        .to_lowercase();
    let id = fields
        .get("id")
        .and_then(Value::as_str)
        .filter(|_| fields.len() == 2)?;
    Some(format!("{role} {id}").trim_end().to_owned())
}

fn time(text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(
        at.with_timezone(&Local)
            .format("%Y-%m-%d %H:%M:%S %z")
            .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sum_is_shown_with_its_decimals() {
        assert_eq!(
            plain(&json!({ "price": { "currencyCode": "RUB", "minorUnits": 10_050 }, "id": "a" })),
            "id: a\nprice: 100.50 RUB\n"
        );
    }

    #[test]
    fn the_wrapper_of_a_single_thing_is_left_out_and_so_is_what_is_empty() {
        assert_eq!(
            plain(&json!({ "order": { "orderId": "a", "reason": "", "photos": [] } })),
            "orderId: a\n"
        );
    }

    #[test]
    fn a_list_shows_one_item_below_the_other() {
        let answer = json!({ "lines": [{ "a": 1, "b": 2 }, { "a": 3 }] });
        assert_eq!(plain(&answer), "- a: 1\n  b: 2\n- a: 3\n");
    }

    #[test]
    fn who_did_it_fits_on_one_line() {
        let answer = json!({ "by": { "role": "ROLE_MANAGER", "id": "m" }, "at": 1 });
        assert_eq!(plain(&answer), "at: 1\nby: manager m\n");
    }
}
