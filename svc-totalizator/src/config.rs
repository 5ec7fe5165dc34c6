//! The settings: every one a flag and an environment variable.

use std::time::Duration;

use messaging::KafkaOptions;
use money::Currency;
use service_host::config::parse;
use service_host::{AccessOptions, DatabaseOptions, GrpcOptions, Only, TelemetryOptions};

use crate::domain::pseudonym::Key;

/// The settings of svc-totalizator.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Where and how calls are taken.
    #[command(flatten)]
    pub grpc: GrpcOptions,
    /// Its own database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// Whose tokens are believed.
    #[command(flatten)]
    pub access: AccessOptions,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
    /// The broker.
    #[command(flatten)]
    pub kafka: KafkaOptions,
    /// Who is who.
    #[command(flatten)]
    pub key: KeyOptions,
    /// Settled bets are erased so long after the settlement.
    #[arg(long, env = "ARTEL_TOTALIZATOR_KEEP", default_value = "720h", value_parser = parse::duration)]
    pub keep: Duration,
    /// The deployment's only currency, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// Run only this part.
    #[arg(long, env = "ARTEL_ONLY")]
    pub only: Option<Only>,
}

/// What links managers to their pseudonyms.
#[derive(Debug, Clone, clap::Args)]
pub struct KeyOptions {
    /// The secret key that pseudonyms are made with, at least 32 characters. With another key, everybody is somebody else.
    #[arg(long, env = "ARTEL_TOTALIZATOR_KEY", hide_env_values = true, value_parser = key)]
    pub key: Key,
}

fn key(text: &str) -> Result<Key, String> {
    Key::new(text).map_err(|error| error.to_string())
}
