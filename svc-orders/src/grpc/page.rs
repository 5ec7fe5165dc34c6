//! Pages of lists: how many, and from where. A token is opaque to callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service_host::Refusal;

/// How many where the caller doesn't say.
const USUAL: i64 = 50;

/// A page that is asked for.
pub(super) struct Page<C> {
    size: usize,
    /// Where the last page ended; nothing for the first.
    pub(super) after: Option<C>,
}

impl<C: Serialize + DeserializeOwned> Page<C> {
    /// The page of a request, whose rules bound the size to 0..=100.
    pub(super) fn of(size: i32, token: &str) -> Result<Self, Refusal> {
        let size = if size == 0 { USUAL } else { i64::from(size) };
        let after = match token {
            "" => None,
            token => Some(
                decode(token).ok_or_else(|| Refusal::invalid("page_token", "not a token of this list"))?,
            ),
        };
        Ok(Self {
            size: usize::try_from(size).unwrap_or(1),
            after,
        })
    }

    /// How many rows to read: one more than the page has, to know whether another page follows.
    pub(super) fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(USUAL) + 1
    }

    /// Cuts the rows to the page, and says from where the next one goes on; empty on the last page.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, cursor: impl Fn(&T) -> C) -> String {
        if rows.len() <= self.size {
            return String::new();
        }
        rows.truncate(self.size);
        rows.last().map(|last| encode(&cursor(last))).unwrap_or_default()
    }
}

fn encode<C: Serialize>(cursor: &C) -> String {
    serde_json::to_vec(cursor)
        .map(|json| URL_SAFE_NO_PAD.encode(json))
        .unwrap_or_default()
}

fn decode<C: DeserializeOwned>(token: &str) -> Option<C> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g5_pages_follow_each_other_to_the_end() {
        let all: Vec<i64> = (0..5).rev().collect();
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let page = Page::<i64>::of(2, &token).unwrap();
            let rest = all
                .iter()
                .copied()
                .filter(|number| page.after.is_none_or(|after| *number < after));
            let mut rows: Vec<i64> = rest.take(usize::try_from(page.limit()).unwrap()).collect();
            token = page.cut(&mut rows, |number| *number);
            seen.extend(rows);
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn g5_a_token_that_nobody_gave_is_refused() {
        for token in ["x", "!!", "bm9uc2Vuc2U", "W10"] {
            assert!(Page::<i64>::of(2, token).is_err(), "{token}");
        }
    }
}
