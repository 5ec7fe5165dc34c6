//! Every setting of this service: a flag and an environment variable each.

use money::Currency;
use service_host::config::{AccessOptions, DatabaseOptions, GrpcOptions, Only, TelemetryOptions};

/// The settings of `svc-admin serve`.
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
    pub kafka: messaging::KafkaOptions,
    /// The deployment's only currency, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
    /// Run only this part of the service.
    #[arg(long, env = "ARTEL_ONLY")]
    pub only: Option<Only>,
}
