//! The settings, each a flag and an environment variable.

use std::time::Duration;

use messaging::KafkaOptions;
use service_host::config::parse;
use service_host::{AccessOptions, DatabaseOptions, GrpcOptions, Only, TelemetryOptions};

/// The settings of svc-onboarding.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Where and how callers are served.
    #[command(flatten)]
    pub grpc: GrpcOptions,
    /// Where state is kept.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// Who may call.
    #[command(flatten)]
    pub access: AccessOptions,
    /// What is told about the process.
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
    /// Where events go and come from.
    #[command(flatten)]
    pub kafka: KafkaOptions,
    /// How the public is kept from flooding the service.
    #[command(flatten)]
    pub gate: GateOptions,
    /// How hiring goes.
    #[command(flatten)]
    pub hiring: HiringOptions,
    /// Run only this part of the service.
    #[arg(long, env = "ARTEL_ONLY")]
    pub only: Option<Only>,
}

/// How the public is kept from flooding the service.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Gate")]
pub struct GateOptions {
    /// Signs challenges; the same for all replicas. Without it, one is made up at start: fine for a single replica.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_SECRET", hide_env_values = true)]
    pub challenge_secret: Option<String>,
    /// Leading zero bits that a solution's digest needs. Each further bit doubles an applicant's work; 18 is about a third
    /// of a second in a browser.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_DIFFICULTY", default_value_t = 18, value_parser = clap::value_parser!(u8).range(0..=40))]
    pub challenge_difficulty: u8,
    /// How long a challenge can be used.
    #[arg(long, env = "ARTEL_ONBOARDING_CHALLENGE_LIFETIME", default_value = "10m",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24)))]
    pub challenge_lifetime: Duration,
    /// Applications that one address may send at once.
    #[arg(long, env = "ARTEL_ONBOARDING_ADDRESS_BURST", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub address_burst: u32,
    /// After which one address may send one more.
    #[arg(long, env = "ARTEL_ONBOARDING_ADDRESS_INTERVAL", default_value = "20s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub address_interval: Duration,
    /// Applications that one network (/24 of IPv4, /48 of IPv6) may send at once.
    #[arg(long, env = "ARTEL_ONBOARDING_NETWORK_BURST", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub network_burst: u32,
    /// After which one network may send one more.
    #[arg(long, env = "ARTEL_ONBOARDING_NETWORK_INTERVAL", default_value = "5s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub network_interval: Duration,
    /// Public calls of any kind that one address may make at once.
    #[arg(long, env = "ARTEL_ONBOARDING_CALL_BURST", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub call_burst: u32,
    /// After which one address may make one more public call.
    #[arg(long, env = "ARTEL_ONBOARDING_CALL_INTERVAL", default_value = "20ms",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(24)))]
    pub call_interval: Duration,
    /// How many senders are remembered, of each kind. What doesn't fit is refused, not remembered.
    #[arg(long, env = "ARTEL_ONBOARDING_SENDERS", default_value = "100000", value_parser = parse::count_between(1, 10_000_000))]
    pub senders: usize,
    /// Public calls that work in the database at the same time. Keep it below the pool's size: the rest is the managers'.
    #[arg(long, env = "ARTEL_ONBOARDING_LANE_WIDTH", default_value = "4", value_parser = parse::count_between(1, 1_000))]
    pub lane_width: usize,
    /// Public calls that may wait for their turn; more are refused at once.
    #[arg(long, env = "ARTEL_ONBOARDING_LANE_QUEUE", default_value = "64", value_parser = parse::count_between(0, 100_000))]
    pub lane_queue: usize,
    /// How many proxies of ours stand in front and add to `x-forwarded-for`. 0: the peer's own address counts.
    #[arg(long, env = "ARTEL_ONBOARDING_TRUSTED_PROXIES", default_value = "0", value_parser = parse::count_between(0, 10))]
    pub trusted_proxies: usize,
}

/// How hiring goes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Hiring")]
pub struct HiringOptions {
    /// How long an address can be confirmed; then the application is erased.
    #[arg(long, env = "ARTEL_ONBOARDING_CONFIRM_WITHIN", default_value = "24h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 30)))]
    pub confirm_within: Duration,
    /// Letters that strangers may cause to one address at once, by applying with it.
    #[arg(long, env = "ARTEL_ONBOARDING_LETTER_BURST", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub letter_burst: u32,
    /// After which they may cause one more. Applications that would need a letter beyond that change nothing.
    #[arg(long, env = "ARTEL_ONBOARDING_LETTER_INTERVAL", default_value = "2h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 30)))]
    pub letter_interval: Duration,
    /// How long a personal link begins tests.
    #[arg(long, env = "ARTEL_ONBOARDING_LINK_LIFETIME", default_value = "336h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 365)))]
    pub link_lifetime: Duration,
    /// How long the personal data of a declined candidate is kept.
    #[arg(long, env = "ARTEL_ONBOARDING_RETENTION", default_value = "720h",
        value_parser = parse::duration_between(Duration::from_secs(1), Duration::from_hours(24 * 3650)))]
    pub retention: Duration,
    /// Remote graders that may be called, each as its address stands in tasks. Others' answers go to managers.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADERS", value_delimiter = ',')]
    pub graders: Vec<String>,
    /// How long a remote grader may take.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_DEADLINE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_mins(10)))]
    pub grader_deadline: Duration,
    /// How often a remote grader is asked in vain before the answer goes to a manager.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_TRIES", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub grader_tries: u32,
    /// The pause after the first vain try; doubled after each further one.
    #[arg(long, env = "ARTEL_ONBOARDING_GRADER_PAUSE", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(1), Duration::from_hours(1)))]
    pub grader_pause: Duration,
    /// How often the clock's jobs look around.
    #[arg(long, env = "ARTEL_ONBOARDING_JOB_INTERVAL", default_value = "10s",
        value_parser = parse::duration_between(Duration::from_millis(10), Duration::from_hours(1)))]
    pub job_interval: Duration,
}
