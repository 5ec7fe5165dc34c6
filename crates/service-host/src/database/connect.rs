//! Opening and closing one connection.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use tokio_postgres::Config;

use super::presence::{Presence, SILENT};
use super::sqlstate::Plain;
use super::statements::Statements;
use crate::config::DatabaseOptions;
use crate::error_chain::chain;

/// Opens connections to the service's database.
#[derive(Clone)]
pub(super) struct Connector {
    settings: Config,
    plain: Plain,
    /// Whether the server is present.
    pub presence: Presence,
}

impl Connector {
    pub(super) fn new(options: &DatabaseOptions) -> Result<Self, tokio_postgres::Error> {
        let mut settings = settings(options)?;
        Ok(Self {
            plain: Plain::over(&mut settings),
            settings,
            presence: Presence::new(),
        })
    }

    /// A copy whose connections the server closes after they were idle for `longest`.
    pub(super) fn ended_when_idle(&self, longest: Duration) -> Self {
        let mut other = self.clone();
        let given = other.settings.get_options().unwrap_or_default();
        let options = format!("{given} -c idle_session_timeout={}", longest.as_millis());
        other.settings.options(options);
        other
    }

    /// Opens a connection. The connect timeout also applies if the server accepts the connection
    /// and then sends nothing.
    ///
    /// When the server becomes silent, the connection is closed, so that statements on it fail
    /// instead of waiting while the server is frozen. No other timeout detects a frozen server: its
    /// kernel still acknowledges packets, and the server itself enforces the statement timeout.
    pub(super) async fn open(&self) -> ConnectionResult<AsyncPgConnection> {
        let bad = |reason| ConnectionError::BadConnection(reason);
        let connect_timeout = self.settings.get_connect_timeout().copied();
        let bound = connect_timeout.unwrap_or(Duration::from_secs(2)) * 2;
        let silence = self.presence.silence();
        let opened = tokio::time::timeout(bound, async {
            let connected = self.settings.connect(self.plain).await;
            let (client, connection) = connected.map_err(|error| bad(chain(&error)))?;
            tokio::spawn(async move {
                tokio::select! {
                    // The client gets the error, so it is not needed here.
                    _ = connection => {}
                    () = silence => {}
                }
            });
            let mut connection = AsyncPgConnection::try_from(client).await?;
            connection.set_instrumentation(Statements::default());
            Ok(connection)
        });
        opened.await.unwrap_or_else(|_| Err(bad(SILENT.to_owned())))
    }
}

/// The settings of every connection of this process.
fn settings(options: &DatabaseOptions) -> Result<Config, tokio_postgres::Error> {
    let mut settings: Config = options.url.parse()?;
    let given = settings.get_options().unwrap_or_default().to_owned();
    let timeout = options.statement_timeout.as_millis();
    settings
        .connect_timeout(options.connect_timeout)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(15))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        // Detects that the server's machine is gone while data is in flight. Keep-alives are not
        // sent then.
        .tcp_user_timeout(Duration::from_secs(20))
        // Bounds how long the locks of an abandoned transaction, or of a machine that is gone, are
        // held.
        .options(format!(
            "-c statement_timeout={timeout} -c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=15 \
             -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 {given}"
        ));
    if settings.get_application_name().is_none() {
        settings.application_name("artel");
    }
    Ok(settings)
}
