//! The deadline of a call.

use std::time::Duration;

use http::HeaderMap;

use crate::access::Method;
use crate::config::GrpcOptions;

/// How long this call may take: the caller's timeout or the default, up to the longest deadline.
pub(super) fn of(options: &GrpcOptions, method: Option<&Method>, headers: &HeaderMap) -> Duration {
    let upload = method.is_some_and(|method| method.policy.client_streaming);
    let default = if upload {
        options.max_deadline
    } else {
        options.default_deadline
    };
    requested(headers).unwrap_or(default).min(options.max_deadline)
}

/// The header `grpc-timeout`: up to eight digits and a unit. An invalid header is ignored.
fn requested(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if count.is_empty() || count.len() > 8 || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = count.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(count)),
        "M" => Some(Duration::from_mins(count)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};

    use super::requested;

    fn header(text: &'static str) -> Option<Duration> {
        requested(&HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-timeout"),
            HeaderValue::from_static(text),
        )]))
    }

    #[test]
    fn the_timeout_header_is_parsed_as_specified() {
        assert_eq!(header("250m"), Some(Duration::from_millis(250)));
        assert_eq!(header("99999999H"), Some(Duration::from_hours(99_999_999)));
        assert_eq!(header("5u"), Some(Duration::from_micros(5)));
        for invalid in ["", "m", "10", "-5S", "+5S", "123456789S", "5x", "5 S", "1.5S"] {
            assert_eq!(header(invalid), None, "{invalid}");
        }
    }
}
