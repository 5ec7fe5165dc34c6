//! How one connection is made, and when it is given up.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use tokio_postgres::Config;

use super::presence::{Presence, SILENT};
use super::sqlstate::Plain;
use super::statements::Statements;
use crate::config::DatabaseOptions;
use crate::refusal::chain;

/// Makes connections to the service's database.
#[derive(Clone)]
pub(super) struct Connector {
    settings: Config,
    plain: Plain,
    /// What is known of the server.
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

    /// As this one, but the server ends a connection on which nothing was asked for `longest`.
    pub(super) fn ended_when_idle(&self, longest: Duration) -> Self {
        let mut other = self.clone();
        let given = other.settings.get_options().unwrap_or_default();
        let options = format!("{given} -c idle_session_timeout={}", longest.as_millis());
        other.settings.options(options);
        other
    }

    /// Opens a connection. Bounded by the connect timeout also where the server accepts and then says nothing.
    ///
    /// The connection is closed when the server falls silent: every statement on it fails as if the server had gone, instead of
    /// waiting for as long as the server is frozen. (A frozen server's kernel goes on acknowledging, so that no time-out of the
    /// network's notices; and the statement timeout is the server's own.)
    pub(super) async fn open(&self) -> ConnectionResult<AsyncPgConnection> {
        let bad = |reason| ConnectionError::BadConnection(reason);
        let connect_timeout = self.settings.get_connect_timeout().copied();
        let patience = connect_timeout.unwrap_or(Duration::from_secs(2)) * 2;
        let silence = self.presence.silence();
        let opened = tokio::time::timeout(patience, async {
            let connected = self.settings.connect(self.plain).await;
            let (client, connection) = connected.map_err(|error| bad(chain(&error)))?;
            tokio::spawn(async move {
                tokio::select! {
                    // What went wrong, whoever waits for the connection is told.
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

/// What every connection of this process is made with.
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
        // A server whose machine is gone is noticed though data is under way, where keepalives stay silent.
        .tcp_user_timeout(Duration::from_secs(20))
        // A transaction that this process forgot about must not hold its locks for ever; nor must those of a machine that
        // is gone.
        .options(format!(
            "-c statement_timeout={timeout} -c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=15 \
             -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 {given}"
        ));
    if settings.get_application_name().is_none() {
        settings.application_name("artel");
    }
    Ok(settings)
}
