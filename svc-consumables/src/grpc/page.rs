//! Pages: how many entries, and where they begin.

use chrono::{DateTime, Utc};
use service_host::Refusal;
use uuid::Uuid;

/// How many entries a page has; 0 means the usual number.
pub(super) fn size(asked: i32) -> usize {
    match usize::try_from(asked) {
        Ok(0) | Err(_) => 50,
        Ok(asked) => asked.min(100),
    }
}

/// One entry more than the page has: if it comes, there is another page.
pub(super) fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(100) + 1
}

/// Cuts a list to the page's size; the token of the last entry that stays, where something was cut off.
pub(super) fn cut<T>(list: &mut Vec<T>, size: usize, token: impl Fn(&T) -> String) -> String {
    if list.len() <= size {
        return String::new();
    }
    list.truncate(size);
    list.last().map(token).unwrap_or_default()
}

/// A token that names a time and an id.
pub(super) fn token(at: DateTime<Utc>, id: Uuid) -> String {
    format!("{}.{}", at.timestamp_micros(), id.simple())
}

/// What such a token names; nothing for the first page.
pub(super) fn after(token: &str) -> Result<Option<(DateTime<Utc>, Uuid)>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    token
        .split_once('.')
        .and_then(|(at, id)| {
            let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
            Some((at, id.parse().ok()?))
        })
        .map(Some)
        .ok_or_else(unknown)
}

/// A token that names a number; nothing for the first page.
pub(super) fn number(token: &str) -> Result<Option<i64>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    token.parse().map(Some).map_err(|_| unknown())
}

fn unknown() -> Refusal {
    Refusal::invalid("page_token", "is not one that this list gave")
}
