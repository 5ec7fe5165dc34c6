//! Locks for one replica: session-level advisory locks on a connection of their own.
//!
//! The locks are leases. The process sends a probe on this connection every second. After [`LEASE`]
//! without one, because the process is frozen or cut off, the server closes the connection and
//! another replica can take the locks.

use std::collections::HashMap;
use std::time::Duration;

use diesel::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use sha2::{Digest as _, Sha256};

use super::connect::Connector;
use super::failure::away;
use super::pool::Database;
use super::presence::silent;
use crate::config::DatabaseOptions;

diesel::define_sql_function!(fn pg_try_advisory_lock(key: BigInt) -> diesel::sql_types::Bool);
diesel::define_sql_function!(fn pg_advisory_unlock(key: BigInt) -> diesel::sql_types::Bool);

/// How long a process keeps its locks without sending a probe.
const LEASE: Duration = Duration::from_secs(5);

/// The connection that holds the locks of this process. When the connection is lost, the locks are
/// lost too.
pub(super) struct Session {
    connector: Connector,
    /// How long an answer may take before the server counts as silent.
    probe_timeout: Duration,
    connection: Option<AsyncPgConnection>,
    /// The locks that are held, each with the ticket of its [`Exclusive`].
    held: HashMap<String, u64>,
    /// The ticket that was issued last.
    tickets: u64,
}

impl Session {
    pub(super) fn new(connector: &Connector, options: &DatabaseOptions) -> Self {
        Self {
            // The lease must be longer than a probe that waits for its answer, because the server
            // counts that as idle time.
            connector: connector.ended_when_idle(LEASE.max(options.probe_timeout * 3)),
            probe_timeout: options.probe_timeout,
            connection: None,
            held: HashMap::new(),
            tickets: 0,
        }
    }

    /// Probes the server and records the result in [`Presence`](super::presence::Presence).
    pub(super) async fn probe(&mut self) -> QueryResult<()> {
        self.with(async |connection| connection.batch_execute("SELECT 1").await)
            .await
    }

    /// Runs `body` on the connection, which is opened if there is none, and records in `presence`
    /// whether the server answered. The connection is not reused if `body` failed or was dropped.
    async fn with<T, F>(&mut self, body: F) -> QueryResult<T>
    where
        F: AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    {
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            self.held.clear();
            let opened = self.connector.open().await;
            opened.map_err(|error| {
                self.connector.presence.connect_failed(&error);
                away(error)
            })?
        };
        let Ok(answer) = tokio::time::timeout(self.probe_timeout, body(&mut connection)).await else {
            self.held.clear();
            self.connector.presence.unanswered();
            return Err(silent());
        };
        self.connector.presence.answered(&answer);
        if answer.is_ok() {
            self.connection = Some(connection);
        } else {
            self.held.clear();
        }
        answer
    }
}

/// A lock that one process holds at a time. It is released when it is dropped, and lost when the
/// connection is lost: check [`held`](Self::held) before each piece of work.
pub struct Exclusive {
    database: Database,
    name: String,
    ticket: u64,
}

impl Database {
    /// Takes the lock `name` in the service's database. `None` if this or another process holds it.
    ///
    /// # Errors
    /// The database is away.
    pub async fn exclusive(&self, name: &str) -> QueryResult<Option<Exclusive>> {
        let mut session = self.session().await?;
        let key = key(name);
        // PostgreSQL would grant a session the same lock twice.
        if session.held.contains_key(name) {
            return session.probe().await.map(|()| None);
        }
        let got: bool = session
            .with(async |connection| {
                diesel::select(pg_try_advisory_lock(key))
                    .get_result(connection)
                    .await
            })
            .await?;
        if !got {
            return Ok(None);
        }
        session.tickets += 1;
        let ticket = session.tickets;
        session.held.insert(name.to_owned(), ticket);
        Ok(Some(Exclusive {
            database: self.clone(),
            name: name.to_owned(),
            ticket,
        }))
    }
}

impl Exclusive {
    /// Whether the lock is still held. Sends a probe to the database.
    pub async fn held(&self) -> bool {
        let Ok(mut session) = self.database.session().await else {
            return false;
        };
        session.probe().await.is_ok() && session.held.get(&self.name) == Some(&self.ticket)
    }

    /// Releases the lock. Another process can take it when this returns.
    pub async fn release(self) {
        release(&self.database, &self.name, self.ticket).await;
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        let (database, name, ticket) = (self.database.clone(), std::mem::take(&mut self.name), self.ticket);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { release(&database, &name, ticket).await });
        }
    }
}

async fn release(database: &Database, name: &str, ticket: u64) {
    // A silent server's connection was closed, which released the lock.
    let Ok(mut session) = database.session().await else {
        return;
    };
    if session.held.get(name) != Some(&ticket) {
        return;
    }
    session.held.remove(name);
    let key = key(name);
    // If this fails, the connection is closed, which releases the lock too.
    let _: QueryResult<bool> = session
        .with(async |connection| {
            diesel::select(pg_advisory_unlock(key))
                .get_result(connection)
                .await
        })
        .await;
}

/// The number that names the advisory lock in PostgreSQL.
fn key(name: &str) -> i64 {
    let digest = Sha256::digest(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
