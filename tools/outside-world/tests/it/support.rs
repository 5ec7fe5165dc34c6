//! A stand-in of one's own for each test, and a client for it.

use std::time::Duration;

use outside_world::{Options, Running};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

pub struct Outside {
    pub running: Running,
    pub client: Client,
}

impl Outside {
    pub async fn start() -> Self {
        Self::with(Options::for_tests()).await
    }

    pub async fn with(options: Options) -> Self {
        // Another test of this process may have been first; then it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = outside_world::start(options).await.unwrap();
        let client = Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        Self { running, client }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.running.http_url()))
    }

    pub async fn get(&self, path: &str) -> Value {
        answer(self.request(Method::GET, path)).await.1
    }

    pub async fn post(&self, path: &str, header: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).header(header, key).json(body)).await
    }

    pub async fn fault(&self, fault: Value) {
        let response = self
            .request(Method::PUT, "/_faults")
            .json(&fault)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    pub async fn calls(&self, service: &str) -> Vec<Value> {
        self.get(&format!("/_calls?service={service}")).await["calls"]
            .as_array()
            .unwrap()
            .clone()
    }
}

/// Status and JSON body, null where there is none.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    (
        status,
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
    )
}
