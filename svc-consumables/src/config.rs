//! The settings of svc-consumables. Each is a flag and an environment variable.

use std::time::Duration;

use reqwest::Url;
use service_host::config::parse;

use crate::domain::cookie::RetrySchedule;

/// The settings of svc-consumables.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The bakery.
    #[command(flatten)]
    pub bakery: BakeryOptions,
}

/// The bakery, and when it is called.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Bakery")]
pub struct BakeryOptions {
    /// Address of the bakery's HTTP API, up to but without /bakery/v1.
    #[arg(long, env = "ARTEL_BAKERY_URL", default_value = "http://127.0.0.1:17301", value_parser = base)]
    pub bakery_url: Url,
    /// How long a call to the bakery may take.
    #[arg(long, env = "ARTEL_BAKERY_TIMEOUT", default_value = "5s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_mins(1)))]
    pub bakery_timeout: Duration,
    /// How long after its request a cookie counts as late.
    #[arg(long, env = "ARTEL_COOKIE_EXPECTED", default_value = "10m",
        value_parser = parse::duration_between(Duration::from_millis(100), Duration::from_hours(24)))]
    pub cookie_expected: Duration,
    /// How often the bakery is asked whether a cookie is delivered.
    #[arg(long, env = "ARTEL_COOKIE_POLL", default_value = "2s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub cookie_poll: Duration,
    /// The pause after the first failed call. It doubles with every further failure.
    #[arg(long, env = "ARTEL_COOKIE_RETRY", default_value = "1s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub cookie_retry: Duration,
    /// The longest pause between failed calls.
    #[arg(long, env = "ARTEL_COOKIE_LONGEST_RETRY", default_value = "30s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(24)))]
    pub cookie_longest_retry: Duration,
}

impl BakeryOptions {
    pub fn schedule(&self) -> RetrySchedule {
        RetrySchedule {
            expected: self.cookie_expected,
            poll: self.cookie_poll,
            first_pause: self.cookie_retry,
            longest_pause: self.cookie_longest_retry,
        }
    }
}

/// An http or https URL to which paths can be added.
fn base(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("not a URL: {error}"))?;
    if url.cannot_be_a_base() || !matches!(url.scheme(), "http" | "https") {
        return Err("must be an http:// or https:// address".to_owned());
    }
    Ok(url)
}
