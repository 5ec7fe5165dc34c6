//! The settings, each a flag and an environment variable.

use std::time::Duration;

use service_host::config::parse;

/// The settings of svc-onboarding.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Limits on public calls.
    #[command(flatten)]
    pub gate: GateOptions,
    /// Periods and limits of hiring.
    #[command(flatten)]
    pub hiring: HiringOptions,
}

/// Limits on public calls.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Gate")]
pub struct GateOptions {
    /// Signs challenges. All replicas need the same secret. Without this setting, a single replica
    /// uses a random secret.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_SECRET", hide_env_values = true)]
    pub challenge_secret: Option<String>,
    /// How many leading zero bits the digest of a challenge's solution needs. Each further bit
    /// doubles an applicant's work. 18 bits take about a third of a second in a browser.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_DIFFICULTY", default_value_t = 18,
        value_parser = clap::value_parser!(u8).range(0..=40))]
    pub challenge_difficulty: u8,
    /// How long a challenge is valid.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_LIFETIME", default_value = "10m",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24)))]
    pub challenge_lifetime: Duration,
    /// How many applications one address can send at once.
    #[arg(long, env = "ARTEL_ONBOARDING_ADDRESS_BURST", default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub address_burst: u32,
    /// How long one address waits for each further application.
    #[arg(long, env = "ARTEL_ONBOARDING_ADDRESS_INTERVAL", default_value = "20s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub address_interval: Duration,
    /// How many applications one network (/24 of IPv4, /48 of IPv6) can send at once.
    #[arg(long, env = "ARTEL_ONBOARDING_NETWORK_BURST", default_value_t = 120,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub network_burst: u32,
    /// How long one network waits for each further application.
    #[arg(long, env = "ARTEL_ONBOARDING_NETWORK_INTERVAL", default_value = "5s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub network_interval: Duration,
    /// How many public calls one address can make at once.
    #[arg(long, env = "ARTEL_ONBOARDING_CALL_BURST", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub call_burst: u32,
    /// How long one address waits for each further public call.
    #[arg(long, env = "ARTEL_ONBOARDING_CALL_INTERVAL", default_value = "20ms",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub call_interval: Duration,
    /// How many addresses and networks the limits count. While all are in use, others are refused.
    #[arg(long, env = "ARTEL_ONBOARDING_SENDERS", default_value = "100000",
        value_parser = parse::count_between(1, 10_000_000))]
    pub senders: usize,
    /// How many public calls use the database at once. Keep it below the pool's size: managers use
    /// the rest of the connections.
    #[arg(long, env = "ARTEL_ONBOARDING_LANE_WIDTH", default_value = "4",
        value_parser = parse::count_between(1, 1_000))]
    pub lane_width: usize,
    /// How many public calls wait for the database. Further calls are refused at once.
    #[arg(long, env = "ARTEL_ONBOARDING_LANE_QUEUE", default_value = "64",
        value_parser = parse::count_between(0, 100_000))]
    pub lane_queue: usize,
    /// How many trusted proxies add to `x-forwarded-for`. 0: the sender is the peer.
    #[arg(long, env = "ARTEL_ONBOARDING_TRUSTED_PROXIES", default_value = "0",
        value_parser = parse::count_between(0, 10))]
    pub trusted_proxies: usize,
}

/// Periods and limits of hiring.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Hiring")]
pub struct HiringOptions {
    /// How long an applicant can confirm the address. Then the application is erased.
    #[arg(long, env = "ARTEL_ONBOARDING_CONFIRM_WITHIN", default_value = "24h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 30)))]
    pub confirm_within: Duration,
    /// How many e-mails strangers can cause to one address at once by applying with it.
    #[arg(long, env = "ARTEL_ONBOARDING_LETTER_BURST", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub letter_burst: u32,
    /// How long until strangers can cause one more e-mail. Until then, applications with the
    /// address are ignored.
    #[arg(long, env = "ARTEL_ONBOARDING_LETTER_INTERVAL", default_value = "2h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 30)))]
    pub letter_interval: Duration,
    /// How long a candidate can begin tests with a personal link.
    #[arg(long, env = "ARTEL_ONBOARDING_LINK_LIFETIME", default_value = "336h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 365)))]
    pub link_lifetime: Duration,
    /// How long the personal data of a declined candidate is stored.
    #[arg(long, env = "ARTEL_ONBOARDING_RETENTION", default_value = "720h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 3650)))]
    pub retention: Duration,
    /// The allowed remote graders, each with its address as in the tasks. Managers grade the
    /// answers for other graders.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADERS", value_delimiter = ',')]
    pub graders: Vec<String>,
    /// The timeout of a call to a remote grader.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_DEADLINE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_mins(10)))]
    pub grader_deadline: Duration,
    /// How many calls of a remote grader may fail before a manager grades the answer.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_TRIES", default_value_t = 6,
        value_parser = clap::value_parser!(u32).range(1..=20))]
    pub grader_tries: u32,
    /// The pause after the first failed call. It doubles after each further one.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_PAUSE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(1)))]
    pub grader_pause: Duration,
    /// The interval of the jobs for tests, graders and erasure.
    #[arg(long, env = "ARTEL_ONBOARDING_JOB_INTERVAL", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub job_interval: Duration,
}
