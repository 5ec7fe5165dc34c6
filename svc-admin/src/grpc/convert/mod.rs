//! Wire ⇄ domain, for calls.

pub mod case;
mod manager;
mod service_type;
mod test;
mod vacancy;

use std::str::FromStr;

use conventions::types;
use money::Money;
use service_host::{Refusal, field};

/// The ids of a request, each once. The contract's rule compares texts, and the same id in upper
/// case passes it.
pub fn ids<I: FromStr + PartialEq>(field: &str, texts: &[String]) -> Result<Vec<I>, Refusal> {
    let mut ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let id = field::id(&field, text)?;
        if ids.contains(&id) {
            return Err(Refusal::invalid(field, "occurs twice; list each id once"));
        }
        ids.push(id);
    }
    Ok(ids)
}

fn to_seconds(field: &str, duration: Option<&prost_types::Duration>) -> Result<i64, Refusal> {
    match duration {
        Some(prost_types::Duration { seconds, nanos: 0 }) => Ok(*seconds),
        _ => Err(Refusal::invalid(field, "must be whole seconds")),
    }
}

fn to_money(field: &str, money: Option<&types::Money>) -> Result<Money, Refusal> {
    conventions::wire::to_money(field::required(field, money)?)
        .map_err(|_| Refusal::invalid(format!("{field}.currency_code"), "must be an ISO 4217 code"))
}
