//! Whose tokens are believed.

use std::time::Duration;

use super::parse::{duration_between, not_blank};

/// The issuer of callers' tokens (JWT) and its public keys.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Access")]
pub struct AccessOptions {
    /// The issuer's public keys (JWKS): a file's path, or an http(s) URL. Read again when they change.
    #[arg(long = "jwks", env = "ARTEL_JWKS", value_parser = not_blank, value_name = "PATH OR URL")]
    pub jwks: String,

    /// What a token's `iss` must be.
    #[arg(long = "jwt-issuer", env = "ARTEL_JWT_ISSUER", default_value = "artel", value_parser = not_blank,
          value_name = "TEXT")]
    pub issuer: String,

    /// What a token's `aud` must contain.
    #[arg(long = "jwt-audience", env = "ARTEL_JWT_AUDIENCE", default_value = "artel", value_parser = not_blank,
          value_name = "TEXT")]
    pub audience: String,

    /// How often the keys are read anew, ten minutes at most (the alarm `KeysStale` counts on it): for so long a withdrawn key
    /// is believed. A token with an unknown key has them read at once.
    #[arg(long = "jwks-refresh", env = "ARTEL_JWKS_REFRESH", default_value = "60s",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_mins(10)), value_name = "TIME")]
    pub refresh: Duration,
}
