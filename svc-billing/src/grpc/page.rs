//! Pages by key (G5): a token is the key of the last item given.

use std::str::FromStr;

use crate::Error;

/// The page that a caller asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<K> {
    /// Only what comes after this key.
    pub before: Option<K>,
    size: usize,
}

impl<K: FromStr> Page<K> {
    /// Size 0 means 50; an empty token the first page.
    pub fn new(size: i32, token: &str) -> Result<Self, Error> {
        let before = match token {
            "" => None,
            token => Some(token.parse().map_err(|_| Error::PageTokenUnknown)?),
        };
        let size = match usize::try_from(size) {
            Ok(0) | Err(_) => 50,
            Ok(size) => size.min(100),
        };
        Ok(Self { before, size })
    }

    /// How many to read: one more than fit, to know whether there is another page.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(100) + 1
    }

    /// Cuts what was read to the page; the token of the next one, if there is one.
    pub fn cut<T, D: ToString>(&self, items: &mut Vec<T>, key: impl Fn(&T) -> D) -> String {
        if items.len() <= self.size {
            return String::new();
        }
        items.truncate(self.size);
        items.last().map(|item| key(item).to_string()).unwrap_or_default()
    }
}
