//! A client of the bakery's HTTP API: orders cookies and polls their state.

use std::time::Duration;

use chrono::SecondsFormat;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;
use service_host::PassiveHealth;

use crate::domain::cookie::{Answer, Cookie};

/// The largest answer that is read, in bytes. Documented answers are smaller.
const MAX_ANSWER: usize = 64 * 1024;
/// The longest id of a cookie, in bytes.
const MAX_ID: usize = 200;
/// The longest problem that is recorded, in characters.
const MAX_PROBLEM: usize = 300;

#[derive(Debug, Clone)]
pub struct Bakery {
    http: reqwest::Client,
    address: Url,
    health: PassiveHealth,
}

#[derive(Deserialize)]
struct Accepted {
    cookie_id: String,
}

#[derive(Deserialize)]
struct Progress {
    status: String,
}

impl Bakery {
    /// A client of the bakery at `address`. `timeout` bounds each call.
    pub fn new(address: Url, timeout: Duration) -> reqwest::Result<Self> {
        // reqwest is built without a TLS provider. Installing one again is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(timeout)
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            address,
            health: PassiveHealth::default(),
        })
    }

    /// The bakery's health as the last calls showed it.
    pub fn health(&self) -> &PassiveHealth {
        &self.health
    }

    /// Orders the cookie, or polls its state once it is ordered. Safe to repeat: the order's id is
    /// the idempotency key.
    pub async fn call(&self, cookie: &Cookie) -> Answer {
        let answer = match &cookie.bakery_id {
            None => self.order(cookie).await,
            Some(id) => self.poll(id).await,
        };
        self.health.record(answer.as_ref());
        answer.unwrap_or_else(|error| Answer::Unreachable(clip(&error.to_string())))
    }

    async fn order(&self, cookie: &Cookie) -> Result<Answer, InvalidAnswer> {
        let request = self
            .http
            .post(self.at(&["bakery", "v1", "cookies"]))
            .header("idempotency-key", cookie.order.to_string())
            .json(&json!({
                "order_reference": cookie.order.to_string(),
                "for": { "name": cookie.client_name },
                "deliver_by": cookie.deliver_by.to_rfc3339_opts(SecondsFormat::Secs, true),
            }));
        let accepted: Accepted = match send(request).await? {
            Reply::Body(body) => serde_json::from_slice(&body)?,
            Reply::Refused(reason) => return Ok(Answer::Refused(reason)),
        };
        if is_id(&accepted.cookie_id) {
            Ok(Answer::Accepted(accepted.cookie_id))
        } else {
            Err(InvalidAnswer::NoId)
        }
    }

    async fn poll(&self, id: &str) -> Result<Answer, InvalidAnswer> {
        let request = self.http.get(self.at(&["bakery", "v1", "cookies", id]));
        let progress: Progress = match send(request).await? {
            Reply::Body(body) => serde_json::from_slice(&body)?,
            Reply::Refused(reason) => return Ok(Answer::Refused(reason)),
        };
        match progress.status.as_str() {
            "baking" => Ok(Answer::Baking),
            "delivered" => Ok(Answer::Delivered),
            "failed" => Ok(Answer::Failed),
            other => Err(InvalidAnswer::Progress(other.to_owned())),
        }
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.address.clone();
        // `config::base` has checked that the address can be extended.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

enum Reply {
    Body(Vec<u8>),
    /// The request is refused for good, for this reason.
    Refused(String),
}

/// The bakery gave no usable answer. A later call can succeed.
#[derive(Debug, thiserror::Error)]
enum InvalidAnswer {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("the bakery answered {0}")]
    Status(StatusCode),
    #[error("the bakery's answer is too long")]
    TooLong,
    #[error("the bakery's answer cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the bakery gave the cookie no usable id")]
    NoId,
    #[error("the bakery answered with an unknown status: {0:?}")]
    Progress(String),
}

async fn send(request: RequestBuilder) -> Result<Reply, InvalidAnswer> {
    let without_url = |error: reqwest::Error| InvalidAnswer::Http(error.without_url());
    let mut response = request.send().await.map_err(without_url)?;
    let status = response.status();
    if refuses_for_good(status) {
        return Ok(Reply::Refused(format!("the bakery answered {status}")));
    }
    if !status.is_success() {
        return Err(InvalidAnswer::Status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_url)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(InvalidAnswer::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply::Body(body))
}

/// Whether the bakery refused the request itself. All other refusals can pass: credentials and
/// paths are corrected by an operator, conflicts, timeouts and limits pass by themselves.
fn refuses_for_good(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// Whether the text can be used as an id: in the path of a URL and in a column.
fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_PROBLEM).collect()
}
