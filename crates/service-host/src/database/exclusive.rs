//! Locks that one replica holds: session advisory locks on one connection of their own.
//!
//! They are leases. That connection asks something every second; where it doesn't for [`LEASE`] (the process is frozen, or
//! cut off), the server ends it, and another replica gets the locks.

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

/// How long a process keeps its locks at least without asking for anything.
const LEASE: Duration = Duration::from_secs(5);

/// The connection that holds this process's locks. When it is lost, so are they.
pub(super) struct Session {
    connector: Connector,
    /// A server that has not answered for this long is silent.
    silence: Duration,
    connection: Option<AsyncPgConnection>,
    /// The locks held, each with the ticket of its holder.
    held: HashMap<String, u64>,
    tickets: u64,
}

impl Session {
    pub(super) fn new(connector: &Connector, options: &DatabaseOptions) -> Self {
        Self {
            // A question that is still waited for is no silence of ours.
            connector: connector.ended_when_idle(LEASE.max(options.silence * 3)),
            silence: options.silence,
            connection: None,
            held: HashMap::new(),
            tickets: 0,
        }
    }

    /// Asks whether the server is there. [`Presence`](super::presence::Presence) knows the answer.
    pub(super) async fn ask(&mut self) -> QueryResult<()> {
        self.with(async |connection| connection.batch_execute("SELECT 1").await)
            .await
    }

    /// Runs `body` on the connection, which is made where there is none. A connection on which something failed, or
    /// whose `body` was dropped half-way, isn't used again. What came of it is noted in what is known of the server.
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
                self.connector.presence.unopened(&error);
                away(error)
            })?
        };
        let Ok(answer) = tokio::time::timeout(self.silence, body(&mut connection)).await else {
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

/// A lock that no other process holds while this one does. Released when dropped, and when the connection is lost:
/// ask [`held`](Self::held) before each piece of work.
pub struct Exclusive {
    database: Database,
    name: String,
    ticket: u64,
}

impl Database {
    /// Takes the lock of this name in the service's database, unless it is held already, here or elsewhere.
    ///
    /// # Errors
    /// The database is away.
    pub async fn exclusive(&self, name: &str) -> QueryResult<Option<Exclusive>> {
        let mut session = self.session().await?;
        let key = key(name);
        // PostgreSQL gives a session the same lock twice; held by this process is held all the same.
        if session.held.contains_key(name) {
            return session.ask().await.map(|()| None);
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
    /// Is it still held? Asks the database.
    pub async fn held(&self) -> bool {
        let Ok(mut session) = self.database.session().await else {
            return false;
        };
        session.ask().await.is_ok() && session.held.get(&self.name) == Some(&self.ticket)
    }

    /// Gives it back, and returns when others can have it.
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
    // A server that says nothing has lost the connection, and with it the lock.
    let Ok(mut session) = database.session().await else {
        return;
    };
    if session.held.get(name) != Some(&ticket) {
        return;
    }
    session.held.remove(name);
    let key = key(name);
    // Where that fails the connection is closed, which releases it as well.
    let _: QueryResult<bool> = session
        .with(async |connection| {
            diesel::select(pg_advisory_unlock(key))
                .get_result(connection)
                .await
        })
        .await;
}

/// PostgreSQL's advisory locks are named by numbers.
fn key(name: &str) -> i64 {
    let digest = Sha256::digest(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
