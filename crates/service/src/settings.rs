//! The settings of a service: those that all services share, and its own.

use messaging::KafkaOptions;
use service_host::{AccessOptions, Clock, DatabaseOptions, GrpcOptions, Host, Only, TelemetryOptions};

/// The settings of `serve`. `C` holds the service's own settings.
#[derive(Debug, Clone, clap::Parser)]
pub struct Settings<C: clap::Args> {
    /// The settings that all services share.
    #[command(flatten)]
    pub service: Options,
    /// The service's own settings.
    #[command(flatten)]
    pub own: C,
}

/// The settings that all services share. A setting that is added here is a setting of every
/// service.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The gRPC server.
    #[command(flatten)]
    pub grpc: GrpcOptions,
    /// The service's own database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The issuer of callers' tokens.
    #[command(flatten)]
    pub access: AccessOptions,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
    /// The broker.
    #[command(flatten)]
    pub kafka: KafkaOptions,
    /// Run only this part of the service.
    #[arg(long, env = "ARTEL_ONLY", value_name = "PART")]
    pub only: Option<Only>,
}

impl<C: clap::Args> Settings<C> {
    /// Prepares what the service's parts share.
    ///
    /// # Errors
    /// The database URL is not one.
    pub fn host(&self, clock: Clock) -> anyhow::Result<Host> {
        Ok(Host::new(&self.service.database, clock)?)
    }
}
