//! What all adapters share: JSON over HTTP with a deadline, bounded answers, and errors without
//! secrets.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    /// At most [`MAX_BODY`] bytes.
    body: Vec<u8>,
}

/// More than any documented answer. A longer one is refused, because otherwise a faulty provider
/// could fill the memory.
const MAX_BODY: usize = 64 * 1024;

impl Answer {
    /// `None` if the body is not JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the provider refused the request itself: nothing was done, and the same request
    /// would be refused again. Wrong credentials, unknown paths, conflicts, timeouts and rate
    /// limits do not count, because they are our fault or pass.
    pub fn is_final_refusal(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY
        )
    }
}

/// A connection pool with a deadline for every call.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    pub fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // Only the first call in a process chooses the provider. An error means that the same one
        // was chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(3)))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
    }

    pub fn post(&self, url: &str) -> RequestBuilder {
        self.0.post(url)
    }

    pub fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }
}

/// Sends a request. The error is a description without the address, which may hold a secret.
pub async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let describe = |error: reqwest::Error| {
        let kind = if error.is_timeout() {
            "no answer before the deadline"
        } else if error.is_connect() {
            "connecting failed"
        } else {
            "the connection broke"
        };
        kind.to_owned()
    };
    let mut response = request.send().await.map_err(describe)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(describe)? {
        if body.len() + chunk.len() > MAX_BODY {
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
