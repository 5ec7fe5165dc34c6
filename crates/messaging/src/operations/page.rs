//! Pages of kept events: by id, newest first.

use service_host::Refusal;

const DEFAULT_SIZE: i64 = 50;

/// How many rows to load: one more than the page, to know whether there is another.
pub(super) fn size(asked: i32) -> i64 {
    if asked == 0 {
        DEFAULT_SIZE
    } else {
        i64::from(asked)
    }
}

/// The id below which the page begins.
pub(super) fn before(token: &str) -> Result<Option<i64>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    i64::from_str_radix(token, 36)
        .map(Some)
        .map_err(|_| Refusal::invalid("page_token", "is not what the last page gave"))
}

pub(super) fn token(mut last: i64) -> String {
    let mut digits = Vec::new();
    while last > 0 {
        let digit = u32::try_from(last % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        last /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_its_id() {
        for id in [1, 35, 36, 1_000_000, i64::MAX] {
            assert_eq!(before(&token(id)).unwrap(), Some(id));
        }
        assert!(before("?").is_err());
        assert_eq!(before("").unwrap(), None);
    }
}
