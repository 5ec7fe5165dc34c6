//! The connection to PostgreSQL.

use std::fmt;
use std::time::Duration;

use super::parse::{count_between, duration_between};

/// The service's own database.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseOptions {
    /// The service's database: `postgres://login:password@host:port/name`.
    #[arg(
        long = "database-url",
        env = "ARTEL_DATABASE_URL",
        hide_env_values = true,
        value_parser = url,
        value_name = "URL"
    )]
    pub url: String,

    /// The most connections in the pool. The process opens one more for locks and probes.
    #[arg(long = "database-pool-size", env = "ARTEL_DATABASE_POOL_SIZE", default_value = "8",
          value_parser = count_between(1, 1_000), value_name = "COUNT")]
    pub pool_size: usize,

    /// How long a call may wait for a free connection. Then it is refused.
    #[arg(long = "database-wait", env = "ARTEL_DATABASE_WAIT", default_value = "3s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_mins(1)), value_name = "TIME")]
    pub wait: Duration,

    /// How long opening a connection may take.
    #[arg(long = "database-connect-timeout", env = "ARTEL_DATABASE_CONNECT_TIMEOUT", default_value = "2s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_mins(1)), value_name = "TIME")]
    pub connect_timeout: Duration,

    /// How long the server may leave a probe unanswered. Then the service counts it as away,
    /// although it is connected, and refuses waiting and new calls until the server answers again.
    /// The service probes every second.
    #[arg(long = "database-probe-timeout", env = "ARTEL_DATABASE_PROBE_TIMEOUT", default_value = "3s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_mins(1)), value_name = "TIME")]
    pub probe_timeout: Duration,

    /// How long one statement may run.
    #[arg(long = "database-statement-timeout", env = "ARTEL_DATABASE_STATEMENT_TIMEOUT", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)), value_name = "TIME")]
    pub statement_timeout: Duration,
}

impl fmt::Debug for DatabaseOptions {
    /// Omits the URL because it contains the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseOptions")
            .field("pool_size", &self.pool_size)
            .field("wait", &self.wait)
            .field("connect_timeout", &self.connect_timeout)
            .field("probe_timeout", &self.probe_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}

/// The error does not repeat the text because the text contains a password.
fn url(text: &str) -> Result<String, String> {
    text.parse::<tokio_postgres::Config>()
        .map(|_| text.to_owned())
        .map_err(|_| "not a PostgreSQL URL: write postgres://login:password@host:port/name".to_owned())
}
