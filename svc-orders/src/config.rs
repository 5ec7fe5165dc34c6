//! Every setting of this service: a flag and an environment variable each.

use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use money::Currency;
use service_host::config::parse::duration_between;

use crate::domain::pricing;
use crate::use_cases::match_order::Rules;

/// The settings of `svc-orders serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The deployment's only currency, an ISO 4217 code. Prices and accounts in another one are refused.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// Where evidence photos lie: a folder, or `s3://bucket/prefix` (credentials, region and endpoint by `AWS_*` variables).
    #[arg(
        long,
        env = "ARTEL_PHOTO_STORE",
        default_value = "photos",
        value_name = "PLACE"
    )]
    pub photo_store: String,
    /// What orders cost: the name of the price formula.
    #[arg(long, env = "ARTEL_PRICING", default_value = pricing::DEFAULT, value_name = "NAME", value_parser = formula)]
    pub pricing: String,
    /// The pipeline whose newest version matches orders.
    #[arg(
        long,
        env = "ARTEL_MATCHING_PIPELINE",
        default_value = "standard",
        value_name = "NAME"
    )]
    pub matching_pipeline: String,
    /// How often matching looks for orders when nothing in this process was committed.
    #[arg(long, env = "ARTEL_MATCHING_INTERVAL", default_value = "5s", value_name = "DURATION",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)))]
    pub matching_interval: Duration,
    /// After how long a waiting order is tried again, though nothing is known to have changed.
    #[arg(long, env = "ARTEL_MATCHING_RETRY", default_value = "1m", value_name = "DURATION",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_hours(24)))]
    pub matching_retry: Duration,
    /// How far back assignments count when load is shared out fairly.
    #[arg(long, env = "ARTEL_FAIR_LOAD_WINDOW", default_value = "168h", value_name = "DURATION", value_parser = duration_between(Duration::from_hours(1), Duration::from_hours(24 * 366)))]
    pub fair_load_window: Duration,
    /// How often orders that nobody has started are looked for.
    #[arg(long, env = "ARTEL_NO_SHOW_INTERVAL", default_value = "15s", value_name = "DURATION",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)))]
    pub no_show_interval: Duration,
}

impl Config {
    /// The rules by which orders are matched.
    pub fn matching_rules(&self) -> anyhow::Result<Rules> {
        Ok(Rules {
            pipeline: self.matching_pipeline.clone(),
            formula: pricing::formula(&self.pricing).context("ARTEL_PRICING names no formula")?,
            load_window: TimeDelta::from_std(self.fair_load_window).context("ARTEL_FAIR_LOAD_WINDOW")?,
            retry: TimeDelta::from_std(self.matching_retry).context("ARTEL_MATCHING_RETRY")?,
            hold: TimeDelta::from_std(self.matching_interval).context("ARTEL_MATCHING_INTERVAL")?,
        })
    }
}

fn formula(name: &str) -> Result<String, String> {
    let known: Vec<&str> = pricing::FORMULAS.iter().map(|(name, _)| *name).collect();
    if known.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!("one of {}", known.join(", ")))
    }
}
