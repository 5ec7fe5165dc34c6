//! The issuer of callers' tokens.

use std::time::Duration;

use super::parse::{duration_between, not_blank};

/// The issuer of callers' tokens (JWT) and its public keys.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Access")]
pub struct AccessOptions {
    /// The issuer's public keys (JWKS): a file's path, or an http(s) URL. Re-read when they change.
    #[arg(long = "jwks", env = "ARTEL_JWKS", value_parser = not_blank, value_name = "PATH OR URL")]
    pub jwks: String,

    /// The required `iss` of a token.
    #[arg(long = "jwt-issuer", env = "ARTEL_JWT_ISSUER", default_value = "artel", value_parser = not_blank,
          value_name = "TEXT")]
    pub issuer: String,

    /// The required audience: a token's `aud` must contain it.
    #[arg(long = "jwt-audience", env = "ARTEL_JWT_AUDIENCE", default_value = "artel", value_parser = not_blank,
          value_name = "TEXT")]
    pub audience: String,

    /// The interval at which the keys are re-read, at most ten minutes (the alert `KeysStale`
    /// relies on it). A withdrawn key is accepted until then. A token with an unknown key causes an
    /// immediate re-read.
    #[arg(long = "jwks-refresh", env = "ARTEL_JWKS_REFRESH", default_value = "60s",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_mins(10)), value_name = "TIME")]
    pub refresh: Duration,
}
