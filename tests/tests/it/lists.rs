//! Every list: how large its pages may be, and whose page tokens it takes: those that it gave
//! itself, with this filter.

use artel::call::Caller;
use artel::contracts::Context;
use artel::failure::Error;
use artel::story::Stage;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use conventions::Role;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Value, json};
use tonic::Code;

use crate::contracts::{is_served, policy};
use crate::mutate;
use crate::ownership::about;
use crate::people::Person;

/// No page holds more.
const LARGEST: usize = 100;

/// A list, a caller who may read it, and the request's other fields.
struct List {
    context: Context,
    method: String,
    input: MessageDescriptor,
    caller: Caller,
    request: Value,
}

impl List {
    async fn page(&self, size: i64, token: &str) -> Result<Value, Error> {
        let mut request = self.request.clone();
        request["pageSize"] = json!(size);
        request["pageToken"] = json!(token);
        self.caller.call(self.context, &self.method, request).await
    }

    /// The same list with one thing in its filter changed, each in turn.
    fn filtered_otherwise(&self) -> impl Iterator<Item = Self> {
        let asked = DynamicMessage::deserialize(self.input.clone(), self.request.clone());
        let asked = asked.expect("the request fits");
        let others = mutate::variations(&asked, &["page_size", "page_token"]);
        others.into_iter().map(|other| Self {
            request: json!(other),
            method: self.method.clone(),
            input: self.input.clone(),
            caller: self.caller.clone(),
            ..*self
        })
    }

    async fn refuses(&self, token: &str) {
        let refused = self
            .page(1, token)
            .await
            .expect_err(&format!("{} takes {token}", self.method));
        assert_eq!(
            refused.code(),
            Some(Code::InvalidArgument),
            "{}, {token}: {refused}",
            self.method
        );
    }
}

/// Walks all lists; `of` is a person with more than one row.
pub async fn keep_to_their_pages(stage: &Stage, of: &Person) {
    let lists = all(stage, of);
    let mut tokens = Vec::new();
    for list in &lists {
        for size in [-1, 101, 100_000, i64::from(i32::MAX)] {
            match list.page(size, "").await {
                Ok(page) => assert!(rows(&page) <= LARGEST, "{} of {size}", list.method),
                Err(error) => assert_eq!(
                    error.code(),
                    Some(Code::InvalidArgument),
                    "{}: {error}",
                    list.method
                ),
            }
        }
        let long = "A".repeat(100_000);
        for garbage in ["x", "=", "AAAA", "W10", "bnVsbA", &long] {
            list.refuses(garbage).await;
        }
        let page = list.page(1, "").await.unwrap_or_else(|error| panic!("{error}"));
        assert!(rows(&page) <= 1, "{}: {page}", list.method);
        if let Some(token) = page["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
            tokens.push((list, token.to_owned()));
        }
    }
    println!("lists: {} of {} have a second page", tokens.len(), lists.len());
    assert!(
        tokens.len() > 8,
        "too few lists with two pages: nothing is proved"
    );
    let mut filtered = 0;
    for (list, token) in &tokens {
        list.page(1, token)
            .await
            .unwrap_or_else(|error| panic!("its own token: {error}"));
        for (other, foreign) in &tokens {
            if other.method != list.method {
                list.refuses(foreign).await;
            }
        }
        for other in list.filtered_otherwise() {
            // A filter that no role may use is refused even without a page token.
            if other.page(1, "").await.is_ok() {
                other.refuses(token).await;
                filtered += 1;
            }
        }
        for forged in forgeries(token) {
            if let Err(refused) = list.page(1, &forged).await {
                assert_eq!(
                    refused.code(),
                    Some(Code::InvalidArgument),
                    "{}, {forged}: {refused}",
                    list.method
                );
            }
        }
    }
    assert!(filtered > 8, "too few other filters: nothing is proved");
}

fn all(stage: &Stage, of: &Person) -> Vec<List> {
    let mut lists = Vec::new();
    for context in Context::ALL {
        for method in context.methods().into_iter().filter(is_served) {
            if method.input().get_field_by_name("page_token").is_none() {
                continue;
            }
            let roles = policy(&method).roles;
            let caller = if roles.contains(&Role::Anyone) {
                Ok(stage.public())
            } else {
                stage.caller(roles, &stage.script.root.to_string())
            };
            lists.push(List {
                context,
                method: method.name().to_owned(),
                input: method.input(),
                caller: caller
                    .expect("a token can be signed")
                    .patient(std::time::Duration::ZERO),
                request: asked(stage, method.name(), of),
            });
        }
    }
    lists
}

/// What a list must be asked beside the page.
fn asked(stage: &Stage, method: &str, of: &Person) -> Value {
    match method {
        "ListStockMovements" => json!({ "materialCode": format!("soap-{}", stage.run) }),
        "ListTransactions" => json!({ "orderId": of.order_id }),
        // Of all workers.
        "ListPayouts" => json!({}),
        // Everybody's feed is their own alone, staff's too.
        "ListNotifications" => json!({ "recipientId": stage.script.root.to_string() }),
        "ListPeriods" => json!({ "ownerKind": "OWNER_KIND_CLIENT" }),
        _ => about(method, of).unwrap_or_else(|| json!({})),
    }
}

/// How many rows the one list in an answer holds.
fn rows(page: &Value) -> usize {
    let fields = page.as_object().into_iter().flatten();
    fields
        .filter_map(|(_, value)| value.as_array().map(Vec::len))
        .max()
        .unwrap_or(0)
}

/// The token with each part of its key replaced by something that could not be one.
fn forgeries(token: &str) -> Vec<String> {
    let text = BASE64_URL_SAFE_NO_PAD.decode(token).expect("a token is base64");
    let [list, key]: [Value; 2] = serde_json::from_slice(&text).expect("a token is JSON");
    let strange = [
        json!(null),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(""),
        json!("\u{0}"),
        json!("+262142-12-31T23:59:59Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!([]),
        json!({}),
    ];
    let mut keys = strange.to_vec();
    if let Some(parts) = key.as_array() {
        for at in 0..parts.len() {
            for value in &strange {
                let mut forged = parts.clone();
                forged[at] = value.clone();
                keys.push(json!(forged));
            }
        }
    }
    let encode = |key: Value| BASE64_URL_SAFE_NO_PAD.encode(json!([list, key]).to_string());
    keys.into_iter().map(encode).collect()
}
