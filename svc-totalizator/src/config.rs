//! The settings: every one a flag and an environment variable.

use std::time::Duration;

use money::Currency;
use service_host::config::parse;

use crate::domain::pseudonym::Key;

/// The settings of svc-totalizator.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Who is who.
    #[command(flatten)]
    pub key: KeyOptions,
    /// Settled bets are erased so long after the settlement.
    #[arg(long, env = "ARTEL_TOTALIZATOR_KEEP", default_value = "720h",
        value_parser = parse::duration_between(Duration::from_hours(1), Duration::from_hours(24 * 3_660)))]
    pub keep: Duration,
    /// The deployment's only currency, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// The consumer group, after the deployment's prefix. Whoever may ask the broker for its groups
    /// sees it, so it should not say what it is for.
    #[arg(long = "kafka-group", env = "ARTEL_KAFKA_GROUP", default_value = "artel.reader", value_parser = parse::not_blank)]
    pub group: String,
}

/// What links managers to their pseudonyms.
#[derive(Debug, Clone, clap::Args)]
pub struct KeyOptions {
    /// The secret key that pseudonyms are made with, at least 32 characters. With another key,
    /// everybody is somebody else.
    #[arg(long, env = "ARTEL_TOTALIZATOR_KEY", hide_env_values = true, value_parser = key)]
    pub key: Key,
}

fn key(text: &str) -> Result<Key, String> {
    Key::new(text).map_err(|error| error.to_string())
}
