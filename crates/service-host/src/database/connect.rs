//! How one connection is made.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres::{Config, NoTls};

use crate::config::DatabaseOptions;

/// What every connection of this process is made with.
pub(super) fn settings(options: &DatabaseOptions) -> Result<Config, tokio_postgres::Error> {
    let mut settings: Config = options.url.parse()?;
    let given = settings.get_options().unwrap_or_default().to_owned();
    let timeout = options.statement_timeout.as_millis();
    settings
        .connect_timeout(options.connect_timeout)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(15))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        // A frozen server is noticed though data is under way, where keepalives stay silent.
        .tcp_user_timeout(Duration::from_secs(20))
        // A transaction that this process forgot about must not hold its locks for ever.
        .options(format!(
            "-c statement_timeout={timeout} -c idle_in_transaction_session_timeout=60s {given}"
        ));
    if settings.get_application_name().is_none() {
        settings.application_name("artel");
    }
    Ok(settings)
}

/// Opens a connection. Bounded by the connect timeout also where the server accepts and then says nothing.
pub(super) async fn open(settings: &Config) -> ConnectionResult<AsyncPgConnection> {
    let bad = |error: &dyn std::fmt::Display| ConnectionError::BadConnection(error.to_string());
    let patience = settings
        .get_connect_timeout()
        .copied()
        .unwrap_or(Duration::from_secs(2))
        * 2;
    let opened = tokio::time::timeout(patience, async {
        let (client, connection) = settings.connect(NoTls).await.map_err(|error| bad(&error))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    });
    opened.await.map_err(|_| bad(&"the server does not answer"))?
}
