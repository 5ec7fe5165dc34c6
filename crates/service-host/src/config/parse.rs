//! Values as people write them in settings.

use std::time::Duration;

/// A length of time such as `250ms`, `10s`, `5m` or `2h`.
///
/// # Errors
/// A text that says how it should look.
pub fn duration(text: &str) -> Result<Duration, String> {
    let shape = || format!("`{text}` is no length of time: write 250ms, 10s, 5m or 2h");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(shape)?;
    let (count, unit) = text.split_at(unit_at);
    let count: u64 = count.parse().map_err(|_| shape())?;
    let millis = match unit {
        "ms" => Some(count),
        "s" => count.checked_mul(1_000),
        "m" => count.checked_mul(60_000),
        "h" => count.checked_mul(3_600_000),
        _ => None,
    };
    millis.map(Duration::from_millis).ok_or_else(shape)
}

/// A parser for lengths of time from `min` to `max`, both included.
pub fn duration_between(
    min: Duration,
    max: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value = duration(text)?;
        if (min..=max).contains(&value) {
            Ok(value)
        } else {
            Err(format!("{value:?} is not between {min:?} and {max:?}"))
        }
    }
}

/// A parser for whole numbers from `min` to `max`, both included.
pub fn count_between(
    min: usize,
    max: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value: usize = text
            .parse()
            .map_err(|_| format!("`{text}` is not a whole number"))?;
        if (min..=max).contains(&value) {
            Ok(value)
        } else {
            Err(format!("{value} is not between {min} and {max}"))
        }
    }
}

/// A size in memory such as `512`, `64KiB` or `4MiB`, in bytes.
///
/// # Errors
/// A text that says how it should look.
pub fn size(text: &str) -> Result<usize, String> {
    let shape = || format!("`{text}` is no size: write 512, 64KiB or 4MiB");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(unit_at);
    let count: usize = count.parse().map_err(|_| shape())?;
    let bytes = match unit {
        "" => Some(count),
        "KiB" => count.checked_mul(1 << 10),
        "MiB" => count.checked_mul(1 << 20),
        _ => None,
    };
    bytes.ok_or_else(shape)
}

/// A parser for sizes in memory from `min` to `max` bytes, both included.
pub fn size_between(
    min: usize,
    max: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let value = size(text)?;
        if (min..=max).contains(&value) {
            Ok(value)
        } else {
            Err(format!("{value} bytes are not between {min} and {max}"))
        }
    }
}

/// A text that isn't blank.
///
/// # Errors
/// Blank.
pub fn not_blank(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{count_between, duration, duration_between, size, size_between};

    #[test]
    fn lengths_of_time_are_read_with_their_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
    }

    #[test]
    fn a_length_of_time_without_a_unit_or_beyond_measure_is_refused() {
        for bad in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "10 s",
            "99999999999999999999h",
            "18446744073709551615h",
            "1d",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_are_read_with_their_unit_or_as_bytes() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("4MiB"), Ok(4_194_304));
        for bad in [
            "",
            "MiB",
            "-1",
            "4MB",
            "4 MiB",
            "1.5MiB",
            "18446744073709551615KiB",
        ] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        let between = duration_between(Duration::from_secs(1), Duration::from_secs(5));
        assert!(between("5s").is_ok());
        assert!(between("5001ms").is_err());
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
