//! What a stand-in answers, before it becomes HTTP.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Status and JSON body; `replayed` when an idempotency key was seen before and nothing was done
/// again.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub replayed: bool,
}

/// Marks a response as the repetition of an earlier one, for the call log.
#[derive(Clone, Copy, Debug)]
pub struct Replayed;

impl Answer {
    pub fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            replayed: false,
        }
    }

    /// An error in the form that all the HTTP stand-ins use: `{"error":{"code","message"}}`.
    pub fn error(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self::new(
            status,
            json!({ "error": { "code": code, "message": message.into() } }),
        )
    }

    /// 400, naming what is wrong with the request.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404.
    pub fn not_found(what: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, "not_found", format!("no such {what}"))
    }

    /// 409: an idempotency key used for something else.
    pub fn key_reused() -> Self {
        Self::error(
            StatusCode::CONFLICT,
            "idempotency_key_reused",
            "the key was used with another body",
        )
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.replayed {
            response.extensions_mut().insert(Replayed);
        }
        response
    }
}

/// The body as JSON and as the type that the contract asks for.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<(Value, T), Answer> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Answer::bad_request(error.to_string()))?;
    let request = T::deserialize(&value).map_err(|error| Answer::bad_request(error.to_string()))?;
    Ok((value, request))
}

/// Three capital letters, as ISO 4217 has them.
pub fn check_currency(currency: &str) -> Result<(), Answer> {
    let right = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    right
        .then_some(())
        .ok_or_else(|| Answer::bad_request("currency: three capital letters are wanted"))
}

/// A text of the contract that must be there and has an end.
pub fn check_text(field: &str, text: &str) -> Result<(), Answer> {
    let right = !text.is_empty() && text.len() <= 500;
    right
        .then_some(())
        .ok_or_else(|| Answer::bad_request(format!("{field}: 1 to 500 bytes are wanted")))
}
