//! The settings of this service alone; each is a flag and an environment variable.

use std::time::Duration;

use money::Currency;
use service_host::config::parse::duration_between;

use crate::domain::pricing::{self, Formula};
use crate::use_cases::match_order::Rules;

#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The only currency of the deployment, an ISO 4217 code. Prices and accounts in another one
    /// are refused.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// The store of evidence photos: a folder, or `s3://bucket/prefix` (credentials, region and
    /// endpoint from the variables `AWS_*`).
    #[arg(
        long,
        env = "ARTEL_PHOTO_STORE",
        default_value = "photos",
        value_name = "PLACE"
    )]
    pub photo_store: String,
    /// The name of the price formula.
    #[arg(long, env = "ARTEL_PRICING", default_value = pricing::DEFAULT, value_name = "NAME",
          value_parser = formula)]
    pub pricing: Formula,
    /// The pipeline whose newest version matches orders.
    #[arg(
        long,
        env = "ARTEL_MATCHING_PIPELINE",
        default_value = "standard",
        value_name = "NAME"
    )]
    pub matching_pipeline: String,
    /// The interval of matching without a commit in this process, and of attempts for an order that
    /// a remote step holds.
    #[arg(long, env = "ARTEL_MATCHING_INTERVAL", default_value = "5s", value_name = "DURATION",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)))]
    pub matching_interval: Duration,
    /// The interval of attempts for a waiting order when no other change requests one.
    #[arg(long, env = "ARTEL_MATCHING_RETRY", default_value = "1m", value_name = "DURATION",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_hours(24)))]
    pub matching_retry: Duration,
    /// How far back assignments count as load.
    #[arg(long, env = "ARTEL_FAIR_LOAD_WINDOW", default_value = "168h", value_name = "DURATION",
          value_parser = duration_between(Duration::from_hours(1), Duration::from_hours(24 * 366)))]
    pub fair_load_window: Duration,
    /// The interval of the jobs that fail no-shows and cancel expired orders.
    #[arg(long, env = "ARTEL_NO_SHOW_INTERVAL", default_value = "15s", value_name = "DURATION",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)))]
    pub no_show_interval: Duration,
}

impl Config {
    pub fn matching_rules(&self) -> Rules {
        Rules {
            pipeline: self.matching_pipeline.clone(),
            formula: self.pricing,
            load_window: self.fair_load_window,
            retry: self.matching_retry,
            hold: self.matching_interval,
        }
    }
}

fn formula(name: &str) -> Result<Formula, String> {
    let known: Vec<&str> = pricing::FORMULAS.iter().map(|(name, _)| *name).collect();
    pricing::formula(name).ok_or_else(|| format!("must be one of {}", known.join(", ")))
}
