//! Locks that one replica holds: session advisory locks on one connection of their own.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use sha2::{Digest as _, Sha256};

use super::connect;
use super::failure::away;
use super::pool::Database;

diesel::define_sql_function!(fn pg_try_advisory_lock(key: BigInt) -> diesel::sql_types::Bool);
diesel::define_sql_function!(fn pg_advisory_unlock(key: BigInt) -> diesel::sql_types::Bool);

/// The connection that holds this process's locks. When it is lost, so are they.
#[derive(Default)]
pub(super) struct Session {
    connection: Option<AsyncPgConnection>,
    /// The locks held, each with the ticket of its holder.
    held: HashMap<String, u64>,
    tickets: u64,
}

impl Session {
    /// Runs `body` on the connection, which is made where there is none. A connection on which something failed, or
    /// whose `body` was dropped half-way, isn't used again.
    pub(super) async fn with<T, F>(&mut self, settings: &tokio_postgres::Config, body: F) -> QueryResult<T>
    where
        F: AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    {
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            self.held.clear();
            connect::open(settings).await.map_err(away)?
        };
        let result = body(&mut connection).await;
        if result.is_ok() {
            self.connection = Some(connection);
        }
        result
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
        let mut session = self.session().await;
        let key = key(name);
        // PostgreSQL gives a session the same lock twice; held by this process is held all the same.
        let known = session.held.contains_key(name);
        let got = session
            .with(self.settings(), async |connection| {
                if known {
                    return connection.batch_execute("SELECT 1").await.map(|()| false);
                }
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
        let mut session = self.database.session().await;
        let alive = session
            .with(self.database.settings(), async |connection| {
                connection.batch_execute("SELECT 1").await
            })
            .await;
        alive.is_ok() && session.held.get(&self.name) == Some(&self.ticket)
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
    let mut session = database.session().await;
    if session.held.get(name) != Some(&ticket) {
        return;
    }
    session.held.remove(name);
    let key = key(name);
    // Where that fails the connection is closed, which releases it as well.
    let _: QueryResult<bool> = session
        .with(database.settings(), async |connection| {
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
