//! One effect per idempotency key.

use axum::http::HeaderMap;
use serde_json::Value;

use crate::answer::{Answer, check_text};
use crate::bounded::BoundedMap;

/// What was answered to which key, and what had been asked.
#[derive(Default)]
pub struct Replays(BoundedMap<(Value, Answer)>);

impl Replays {
    /// Acts when the key is new; repeats the first answer when the same was asked before; 409 when
    /// something else was.
    pub fn once(&mut self, key: &str, asked: &Value, act: impl FnOnce() -> Answer) -> Answer {
        match self.0.get(key) {
            Some((before, answer)) if before == asked => Answer {
                replayed: true,
                ..answer.clone()
            },
            Some(_) => Answer::key_reused(),
            None => {
                let answer = act();
                self.0.insert(key.to_owned(), (asked.clone(), answer.clone()));
                answer
            }
        }
    }
}

/// The idempotency key in the header of that name; 400 without it.
pub fn key<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Answer> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let key = value.ok_or_else(|| Answer::bad_request(format!("header {name} is wanted")))?;
    check_text(name, key)?;
    Ok(key)
}
