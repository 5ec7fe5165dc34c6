//! Commands as calls: one file per context.

pub mod admin;
pub mod billing;
pub mod consumables;
pub mod demo;
pub mod notify;
pub mod onboarding;
pub mod orders;
pub mod parked;
pub mod quality;

use std::fmt::Write as _;

use admin_contract::METHODS as ADMIN;
use conventions::MethodPolicy;
use serde_json::{Map, Value, json};

use crate::contracts::Context;
use crate::failure::Error;

/// As whom operators call with development keys.
pub const ROOT: &str = "manager,quality,root:00000000-0000-4000-8000-00000000a001";

/// One call.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose method.
    pub context: Context,
    /// Which.
    pub method: String,
    /// What is sent, as protobuf JSON.
    pub body: Value,
    /// The default identity: `roles:id`; empty for an anonymous call.
    pub usual: String,
}

impl Request {
    /// An empty request, called as root.
    pub fn new(context: Context, method: &str) -> Self {
        Self {
            context,
            method: method.to_owned(),
            body: json!({}),
            usual: ROOT.to_owned(),
        }
    }

    /// Adds a field; numbers, texts, JSON.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl ToField) -> Self {
        if let Some(fields) = self.body.as_object_mut() {
            fields.insert(name.to_owned(), value.to_field());
        }
        self
    }

    /// Called in one role with the id of a root manager.
    #[must_use]
    pub fn by(self, role: &str) -> Self {
        let id = ROOT.rsplit(':').next().unwrap_or_default();
        Self {
            usual: format!("{role}:{id}"),
            ..self
        }
    }

    /// Called as this subject.
    #[must_use]
    pub fn by_person(self, role: &str, id: &str) -> Self {
        Self {
            usual: format!("{role}:{id}"),
            ..self
        }
    }

    /// Called anonymously.
    #[must_use]
    pub fn anonymously(self) -> Self {
        Self {
            usual: String::new(),
            ..self
        }
    }
}

/// Values of a request's field.
pub trait ToField {
    /// As protobuf JSON.
    fn to_field(self) -> Value;
}

impl ToField for Value {
    fn to_field(self) -> Value {
        self
    }
}

impl ToField for uuid::Uuid {
    fn to_field(self) -> Value {
        self.to_string().into()
    }
}

impl ToField for String {
    fn to_field(self) -> Value {
        self.into()
    }
}

impl ToField for &str {
    fn to_field(self) -> Value {
        self.into()
    }
}

impl ToField for i64 {
    fn to_field(self) -> Value {
        self.into()
    }
}

impl ToField for bool {
    fn to_field(self) -> Value {
        self.into()
    }
}

impl<T: ToField> ToField for Option<T> {
    fn to_field(self) -> Value {
        self.map_or(Value::Null, ToField::to_field)
    }
}

impl<T: ToField> ToField for Vec<T> {
    fn to_field(self) -> Value {
        self.into_iter().map(ToField::to_field).collect()
    }
}

/// A page of a list.
#[derive(Debug, Clone, clap::Args)]
pub struct Page {
    /// The number of entries, at most 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100))]
    limit: i64,
    /// The nextPageToken of the previous page.
    #[arg(long, default_value = "", value_name = "TOKEN")]
    page_token: String,
}

impl Page {
    /// Adds the page to a request.
    pub fn of(self, request: Request) -> Request {
        request
            .field("pageSize", self.limit)
            .field("pageToken", self.page_token)
    }
}

/// Parses an amount: `100`, `100.00 RUB`. The default currency is RUB.
pub fn sum(text: &str) -> Result<Value, String> {
    let (amount, code) = text.trim().split_once(' ').unwrap_or((text.trim(), "RUB"));
    let currency: money::Currency = code
        .trim()
        .parse()
        .map_err(|error: money::Error| error.to_string())?;
    let sum = money::Money::parse(amount, currency).map_err(|error| error.to_string())?;
    Ok(json!({ "currencyCode": currency.code(), "minorUnits": sum.minor_units() }))
}

/// `NAME=NUMBER`, such as `soap=2`.
pub fn pair(text: &str) -> Result<(String, i64), String> {
    let wrong = || format!("{text} is not NAME=NUMBER, such as soap=2");
    let (name, number) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.to_owned(), number.parse().map_err(|_| wrong())?))
}

/// Pairs as a list of messages with two fields.
pub fn pairs(pairs: Vec<(String, i64)>, name: &str, number: &str) -> Value {
    let message = |(text, value): (String, i64)| {
        let fields = [
            (name.to_owned(), Value::from(text)),
            (number.to_owned(), Value::from(value)),
        ];
        Value::Object(Map::from_iter(fields))
    };
    pairs.into_iter().map(message).collect()
}

/// Reads a JSON file; `-` is standard input.
pub fn file(path: &std::path::Path) -> Result<Value, Error> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
    serde_json::from_str(&text).map_err(|error| Error::Input(format!("{}: {error}", path.display())))
}

/// Lists the methods of a context with their roles.
pub fn methods(context: Context) -> String {
    let policies: [&[MethodPolicy]; 7] = [
        ADMIN,
        orders_contract::METHODS,
        consumables_contract::METHODS,
        billing_contract::METHODS,
        onboarding_contract::METHODS,
        notify_contract::METHODS,
        operations_contract::METHODS,
    ];
    let mut out = String::new();
    for method in context.methods() {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let policy = policies.into_iter().flatten().find(|policy| policy.path == path);
        let roles: Vec<&str> = policy
            .map(|policy| policy.roles.iter().map(|role| role.claim()).collect())
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "{:<24} {:<32} {}",
            method.name(),
            method.input().name(),
            roles.join(", ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_a_typed_sum_becomes_whole_minor_units() {
        assert_eq!(
            sum("100.5"),
            Ok(json!({ "currencyCode": "RUB", "minorUnits": 10_050 }))
        );
        assert_eq!(
            sum("7 JPY"),
            Ok(json!({ "currencyCode": "JPY", "minorUnits": 7 }))
        );
        assert!(sum("1.005").is_err(), "no rounding");
        assert!(sum("1 XXX").is_err());
    }

    #[test]
    fn every_method_names_who_may_call_it() {
        for context in Context::ALL {
            assert!(
                methods(context)
                    .lines()
                    .all(|line| line.split_whitespace().count() >= 3),
                "{}",
                methods(context)
            );
        }
    }
}
