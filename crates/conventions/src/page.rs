//! Keyset paging (rule G5): the next page starts after the key of the last item, not at an offset.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike as _, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The page that a request asks for: a number of items after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    size: usize,
    /// The key of the previous page's last item; `None` for the first page.
    pub after: Option<K>,
}

/// The token was not issued by this list with this filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

impl std::fmt::Display for BadToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("must be empty or the next_page_token of the same list with the same filter")
    }
}

impl std::error::Error for BadToken {}

impl<K: Serialize + DeserializeOwned> Page<K> {
    /// Reads `page_size` and `page_token` of a request. A size of 0 means 50; more than 100 means
    /// 100.
    ///
    /// `list` names the list *and its filter*, such as `format!("orders/{client_id}")`, so that the
    /// token of another list is refused.
    pub fn read(list: &str, page_size: i32, page_token: &str) -> Result<Self, BadToken> {
        let size = match usize::try_from(page_size) {
            Ok(0) | Err(_) => 50,
            Ok(size) => size.min(100),
        };
        if page_token.is_empty() {
            return Ok(Self { size, after: None });
        }
        let bytes = URL_SAFE_NO_PAD.decode(page_token).map_err(|_| BadToken)?;
        let (of, key): (String, Value) = serde_json::from_slice(&bytes).map_err(|_| BadToken)?;
        if of != list || has_time_out_of_range(&key) {
            return Err(BadToken);
        }
        let key = serde_json::from_value(key).map_err(|_| BadToken)?;
        Ok(Self {
            size,
            after: Some(key),
        })
    }

    /// The number of rows to select: one more than the page holds, which shows whether another page
    /// follows.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Cuts rows that were selected with [`limit`](Self::limit) to the page's size and returns the
    /// next page's token, which is empty on the last page. `list` must be the one given to
    /// [`read`](Self::read).
    pub fn cut<T>(&self, list: &str, rows: &mut Vec<T>, key: impl Fn(&T) -> K) -> String {
        if rows.len() <= self.size {
            return String::new();
        }
        rows.truncate(self.size);
        let token = rows
            .last()
            .map(|last| serde_json::to_vec(&(list, key(last))).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(token.unwrap_or_default())
    }
}

/// Whether a forged key contains a time that PostgreSQL cannot store. Years of more than four
/// digits are written with a sign.
fn has_time_out_of_range(key: &Value) -> bool {
    match key {
        Value::String(text) => {
            text.starts_with(['+', '-'])
                && text
                    .parse::<DateTime<Utc>>()
                    .is_ok_and(|at| !(0..=9999).contains(&at.year()))
        }
        Value::Array(parts) => parts.iter().any(has_time_out_of_range),
        Value::Object(parts) => parts.values().any(has_time_out_of_range),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g5_pages_follow_each_other_without_gap_or_overlap() {
        let all: Vec<u32> = (0..120).rev().collect();
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::<u32>::read("numbers", 50, &token).unwrap();
            let below = page.after.unwrap_or(u32::MAX);
            let limit = usize::try_from(page.limit()).unwrap();
            let mut rows: Vec<u32> = all.iter().copied().filter(|n| *n < below).take(limit).collect();
            token = page.cut("numbers", &mut rows, |n| *n);
            seen.extend(rows);
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn g5_a_token_of_another_list_and_a_malformed_token_are_refused() {
        let page = Page::<u32>::read("numbers", 1, "").unwrap();
        let token = page.cut("numbers", &mut vec![2, 1], |n| *n);
        assert_eq!(
            Page::<u32>::read("numbers", 1, &token).map(|page| page.after),
            Ok(Some(2))
        );
        assert_eq!(Page::<u32>::read("letters", 1, &token), Err(BadToken));
        assert_eq!(Page::<u32>::read("numbers", 1, "%%%"), Err(BadToken));
        assert_eq!(Page::<u32>::read("numbers", 1, "AAAA"), Err(BadToken));
    }

    #[test]
    fn g5_a_forged_token_with_a_time_out_of_the_databases_range_is_refused() {
        let token = |at: &str| URL_SAFE_NO_PAD.encode(format!(r#"["orders",["{at}",7]]"#));
        let read = |at: &str| Page::<(DateTime<Utc>, u32)>::read("orders", 1, &token(at));
        assert!(read("2026-11-25T12:00:00Z").is_ok());
        assert_eq!(read("-262143-01-01T00:00:00Z"), Err(BadToken));
        assert_eq!(read("+262142-12-31T23:59:59Z"), Err(BadToken));
    }

    #[test]
    fn g5_a_page_holds_fifty_items_by_default_and_a_hundred_at_most() {
        for (asked, limit) in [(0, 51), (-1, 51), (1, 2), (100, 101), (5_000, 101)] {
            assert_eq!(Page::<u32>::read("numbers", asked, "").unwrap().limit(), limit);
        }
    }
}
