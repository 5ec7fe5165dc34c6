//! What can be set: each a flag and an environment variable.

use std::net::SocketAddr;
use std::num::ParseIntError;
use std::time::Duration;

/// Addresses, and how long the outside world takes for what it does.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Address of the HTTP stand-ins; port 0 takes a free one and prints it.
    #[arg(long, env = "OUTSIDE_WORLD_HTTP", default_value = "127.0.0.1:17301")]
    pub http: SocketAddr,

    /// Address of the mail server; port 0 takes a free one and prints it.
    #[arg(long, env = "OUTSIDE_WORLD_SMTP", default_value = "127.0.0.1:17325")]
    pub smtp: SocketAddr,

    /// Seconds from an ordered cookie to its delivery.
    #[arg(long = "cookie-seconds", env = "OUTSIDE_WORLD_COOKIE_SECONDS", default_value = "2", value_parser = seconds)]
    pub cookie: Duration,

    /// Seconds that a late cookie takes.
    #[arg(
        long = "late-cookie-seconds",
        env = "OUTSIDE_WORLD_LATE_COOKIE_SECONDS",
        default_value = "3600",
        value_parser = seconds
    )]
    pub late_cookie: Duration,

    /// Seconds from an accepted payout until it is paid or rejected.
    #[arg(long = "payout-seconds", env = "OUTSIDE_WORLD_PAYOUT_SECONDS", default_value = "1", value_parser = seconds)]
    pub payout: Duration,

    /// Seconds by which an answer is held back while the fault `slow` is on.
    #[arg(long = "slow-seconds", env = "OUTSIDE_WORLD_SLOW_SECONDS", default_value = "30", value_parser = seconds)]
    pub slow: Duration,

    /// Largest mail taken in, in bytes, announced by SIZE.
    #[arg(long, env = "OUTSIDE_WORLD_MAIL_BYTES", default_value_t = 10 * 1024 * 1024)]
    pub mail_bytes: usize,

    /// Calls kept, and mails kept; older ones are forgotten.
    #[arg(
        long,
        env = "OUTSIDE_WORLD_KEEP",
        default_value_t = 10_000,
        value_name = "COUNT"
    )]
    pub keep: usize,
}

impl Options {
    /// Free ports on the loopback interface, cookies and payouts that arrive at once: what tests
    /// want.
    pub fn for_tests() -> Self {
        Self {
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            smtp: SocketAddr::from(([127, 0, 0, 1], 0)),
            cookie: Duration::ZERO,
            late_cookie: Duration::from_hours(1),
            payout: Duration::ZERO,
            slow: Duration::from_secs(30),
            mail_bytes: 1024 * 1024,
            // All that a test can cause: what it counts must not be what happens to be left.
            keep: 100_000,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_secs)
}
