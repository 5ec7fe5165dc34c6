//! HTTP as every adapter speaks it: JSON, a deadline, bounded answers, and errors without secrets.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

/// An answer: its status, and its body if that is what was expected.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, at most [`LONGEST`] bytes.
    body: Vec<u8>,
}

/// More than any documented answer. A gateway gone mad does not fill the memory.
const LONGEST: usize = 64 * 1024;

impl Answer {
    /// The body as JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the request itself was refused, for good: nothing was done, and asking again would not help. Not a refusal
    /// of that kind: wrong credentials, unknown paths, conflicts, time-outs and limits, which are ours or pass.
    pub fn refuses_for_good(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY
        )
    }
}

/// A connection pool with a deadline per call.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    /// Calls take at most `timeout`.
    pub fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // Only the first call in a process chooses the provider; that another part chose the same one is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(3)))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
    }

    /// A POST.
    pub fn post(&self, url: &str) -> RequestBuilder {
        self.0.post(url)
    }

    /// A GET.
    pub fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }
}

/// Sends it. The error says what went wrong, without the address.
pub async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let words = |error: reqwest::Error| {
        let kind = if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "not reachable"
        } else {
            "the connection broke"
        };
        kind.to_owned()
    };
    let mut response = request.send().await.map_err(words)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        if body.len() + chunk.len() > LONGEST {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// A base URL without the slash at its end.
pub fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
