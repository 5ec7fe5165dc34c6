//! The settings of this service: each is a flag and an environment variable.

use money::Currency;
use service_host::config::{AccessOptions, DatabaseOptions, GrpcOptions, Only, TelemetryOptions};

/// The settings of `svc-admin serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    #[command(flatten)]
    pub grpc: GrpcOptions,
    #[command(flatten)]
    pub database: DatabaseOptions,
    #[command(flatten)]
    pub access: AccessOptions,
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
    #[command(flatten)]
    pub kafka: messaging::KafkaOptions,
    /// The deployment's only currency, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// Run only this part of the service.
    #[arg(long, env = "ARTEL_ONLY")]
    pub only: Option<Only>,
}
