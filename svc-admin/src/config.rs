//! The settings of this service: each is a flag and an environment variable.

use money::Currency;

/// The settings of `svc-admin serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The deployment's only currency, an ISO 4217 code.
    #[arg(long, env = "ARTEL_CURRENCY", default_value = "RUB")]
    pub currency: Currency,
}
