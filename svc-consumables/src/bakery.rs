//! The bakery's HTTP API, as far as it is used: order a cookie, ask after it.
//!
//! Nothing here decides or stores anything: an answer is what the contractor said, or that it couldn't be had.

use std::time::Duration;

use chrono::SecondsFormat;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use crate::domain::cookie::{Answer, Cookie};

/// No answer is longer than a few hundred bytes; what is kept of a complaint is shorter still.
const LONGEST_COMPLAINT: usize = 300;

/// A client of the bakery.
#[derive(Debug, Clone)]
pub struct Bakery {
    http: reqwest::Client,
    address: Url,
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
        Ok(Self { http, address })
    }

    /// Asks for what is due: orders the cookie, or asks after it. Safe to repeat: the order's id is the idempotency key.
    pub async fn call(&self, cookie: &Cookie) -> Answer {
        let answer = match &cookie.bakery_id {
            None => self.order(cookie).await,
            Some(id) => self.ask_after(id).await,
        };
        answer.unwrap_or_else(|error| Answer::Unreachable(clip(&error.without_url().to_string())))
    }

    async fn order(&self, cookie: &Cookie) -> reqwest::Result<Answer> {
        let response = self
            .http
            .post(self.at(&["bakery", "v1", "cookies"]))
            .header("idempotency-key", cookie.order.to_string())
            .json(&json!({
                "order_reference": cookie.order.to_string(),
                "for": { "name": cookie.client_name },
                "deliver_by": cookie.deliver_by.to_rfc3339_opts(SecondsFormat::Secs, true),
            }))
            .send()
            .await?;
        if let Some(answer) = unusable(response.status()) {
            return Ok(answer);
        }
        let accepted: Accepted = response.json().await?;
        Ok(Answer::Accepted(accepted.cookie_id))
    }

    async fn ask_after(&self, id: &str) -> reqwest::Result<Answer> {
        let response: Response = self
            .http
            .get(self.at(&["bakery", "v1", "cookies", id]))
            .send()
            .await?;
        if let Some(answer) = unusable(response.status()) {
            return Ok(answer);
        }
        let progress: Progress = response.json().await?;
        Ok(match progress.status.as_str() {
            "baking" => Answer::Baking,
            "delivered" => Answer::Delivered,
            "failed" => Answer::Burnt,
            other => Answer::Unreachable(clip(&format!("the bakery answered {other:?}"))),
        })
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

/// What a status other than success means. A 4xx is final: the same request would be refused again. Time-outs and
/// overload are not.
fn unusable(status: StatusCode) -> Option<Answer> {
    if status.is_success() {
        return None;
    }
    let text = format!("the bakery answered {status}");
    let passing = status == StatusCode::REQUEST_TIMEOUT || status == StatusCode::TOO_MANY_REQUESTS;
    Some(if status.is_client_error() && !passing {
        Answer::Refused(text)
    } else {
        Answer::Unreachable(text)
    })
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_COMPLAINT).collect()
}
