//! The bakery's HTTP API, as far as it is used: order a cookie, ask after it.
//!
//! Nothing here decides or stores anything: an answer is what the contractor said, or that it couldn't be had.

use std::time::Duration;

use chrono::SecondsFormat;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;
use service_host::Witness;

use crate::domain::cookie::{Answer, Cookie};

/// More than any documented answer, in bytes. A bakery gone mad does not fill the memory.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest id of a cookie, in bytes.
const LONGEST_ID: usize = 200;
/// What is kept of a complaint, in characters.
const LONGEST_COMPLAINT: usize = 300;

/// A client of the bakery.
#[derive(Debug, Clone)]
pub struct Bakery {
    http: reqwest::Client,
    address: Url,
    witness: Witness,
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
    /// A client of the bakery at `address`, which waits at most `timeout` for an answer.
    pub fn new(address: Url, timeout: Duration) -> reqwest::Result<Self> {
        // reqwest is built without a provider of its own; a second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(timeout)
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            address,
            witness: Witness::default(),
        })
    }

    /// What calls showed of it.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// Asks for what is due: orders the cookie, or asks after it. Safe to repeat: the order's id is the idempotency key.
    pub async fn call(&self, cookie: &Cookie) -> Answer {
        let answer = match &cookie.bakery_id {
            None => self.order(cookie).await,
            Some(id) => self.ask_after(id).await,
        };
        self.witness.saw(answer.as_ref());
        answer.unwrap_or_else(|error| Answer::Unreachable(clip(&error.to_string())))
    }

    async fn order(&self, cookie: &Cookie) -> Result<Answer, Unusable> {
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
            Said::Body(body) => serde_json::from_slice(&body)?,
            Said::Never(why) => return Ok(Answer::Refused(why)),
        };
        if is_id(&accepted.cookie_id) {
            Ok(Answer::Accepted(accepted.cookie_id))
        } else {
            Err(Unusable::NoId)
        }
    }

    async fn ask_after(&self, id: &str) -> Result<Answer, Unusable> {
        let request = self.http.get(self.at(&["bakery", "v1", "cookies", id]));
        let progress: Progress = match send(request).await? {
            Said::Body(body) => serde_json::from_slice(&body)?,
            Said::Never(why) => return Ok(Answer::Refused(why)),
        };
        match progress.status.as_str() {
            "baking" => Ok(Answer::Baking),
            "delivered" => Ok(Answer::Delivered),
            "failed" => Ok(Answer::Burnt),
            other => Err(Unusable::Progress(other.to_owned())),
        }
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.address.clone();
        // The address was checked to be a base when it was read.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// What came back of a call that was answered.
enum Said {
    /// Yes, and this.
    Body(Vec<u8>),
    /// No, and the same request would be refused again.
    Never(String),
}

/// No answer that says anything: asking again may help.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("the bakery answered {0}")]
    Status(StatusCode),
    #[error("the bakery's answer is too long")]
    TooLong,
    #[error("the bakery's answer is garbled: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error("the bakery gave the cookie no usable id")]
    NoId,
    #[error("the bakery answered {0:?}")]
    Progress(String),
}

async fn send(request: RequestBuilder) -> Result<Said, Unusable> {
    let without_url = |error: reqwest::Error| Unusable::Http(error.without_url());
    let mut response = request.send().await.map_err(without_url)?;
    let status = response.status();
    if refuses_for_good(status) {
        return Ok(Said::Never(format!("the bakery answered {status}")));
    }
    if !status.is_success() {
        return Err(Unusable::Status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_url)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Unusable::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Said::Body(body))
}

/// Whether the request itself was refused, so that asking again would not help. Not so: wrong credentials, unknown paths,
/// conflicts, time-outs and limits, which are ours to mend or pass by themselves.
fn refuses_for_good(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// Whether it is something to ask by later: it becomes a part of an address, and a column.
fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_COMPLAINT).collect()
}
