//! Parsers for the values of settings.

use std::time::Duration;

use bytesize::ByteSize;
use humantime::format_duration;

/// Parses a duration such as `250ms`, `10s`, `5m` or `2h 30m`.
///
/// # Errors
/// The text has no unit, or is too large.
pub fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}: write 250ms, 10s, 5m or 2h"))
}

/// A parser for durations from `min` to `max`, both included.
pub fn duration_between(
    min: Duration,
    max: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        within(duration(text)?, min, max, |value| {
            format_duration(value).to_string()
        })
    }
}

/// A parser for whole numbers from `min` to `max`, both included.
pub fn count_between(
    min: usize,
    max: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value = text
            .parse()
            .map_err(|_| format!("`{text}` is not a whole number"))?;
        within(value, min, max, |value| value.to_string())
    }
}

/// A parser for sizes from `min` to `max` bytes, both included, such as `512`, `64KiB` or `4MiB`.
pub fn size_between(
    min: u64,
    max: u64,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value: ByteSize = text
            .parse()
            .map_err(|_| format!("`{text}` is not a size: write 512, 64KiB or 4MiB"))?;
        let bytes = within(value.as_u64(), min, max, |bytes| format!("{bytes} bytes"))?;
        usize::try_from(bytes).map_err(|error| error.to_string())
    }
}

/// Accepts a text that is not blank.
///
/// # Errors
/// The text is blank.
pub fn not_blank(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    Ok(text.to_owned())
}

fn within<T: Copy + PartialOrd>(value: T, min: T, max: T, show: impl Fn(T) -> String) -> Result<T, String> {
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    Err(format!(
        "{} is not between {} and {}",
        show(value),
        show(min),
        show(max)
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{count_between, duration, duration_between, size_between};

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        for bad in [
            "",
            "10",
            "s",
            "-1s",
            "1.5x",
            "99999999999999999999h",
            "18446744073709551615h",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        let size = size_between(0, u64::MAX / 2);
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("4MiB"), Ok(4_194_304));
        for bad in ["", "MiB", "-1", "4XB", "18446744073709551615KiB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        let between = duration_between(Duration::from_secs(1), Duration::from_secs(5));
        assert!(between("5s").is_ok());
        assert_eq!(between("5001ms").unwrap_err(), "5s 1ms is not between 1s and 5s");
        let between = count_between(1, 100);
        assert!(between("100").is_ok());
        assert!(between("0").is_err());
        assert!(between("101").is_err());
        let between = size_between(1024, 4096);
        assert!(between("4KiB").is_ok());
        assert!(between("1023").is_err());
        assert!(between("4097").is_err());
    }
}
