//! Transactions that are retried after contention and never left open.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};

use super::failure::{Failure, is_contention};
use super::pool::{Connection, Database};

/// How often a transaction is attempted before contention becomes the caller's error.
const ATTEMPTS: usize = 6;
/// The shortest pause before the first retry. Doubles with each further one.
const SHORTEST_PAUSE: Duration = Duration::from_millis(7);

/// The body of a transaction: an async closure that may be called several times and whose future is
/// `Send`. Implemented for every such closure, for example
/// `async |conn: &mut AsyncPgConnection| { … }` without `move`.
///
/// It exists because the bound `AsyncFn(T) -> R` cannot require that the future is `Send`.
pub trait Body<T, R>: AsyncFn(T) -> R + Fn(T) -> <Self as Body<T, R>>::Running {
    /// The future that a call returns.
    type Running: Future<Output = R>;
}

impl<F, T, Running, R> Body<T, R> for F
where
    F: AsyncFn(T) -> R + Fn(T) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// An open transaction. If it is dropped before its end, its connection is closed and the server
/// rolls back. So the pool never gets back a connection with an open transaction or with a
/// statement in flight.
///
/// It uses SQL instead of diesel's transaction manager, because that one would need another round
/// trip to detect a COMMIT that rolled back (see [`commit`](Self::commit)).
pub(crate) struct Transaction {
    database: Database,
    connection: Option<Connection>,
}

impl Transaction {
    pub(crate) async fn begin(database: &Database) -> QueryResult<Self> {
        let mut transaction = Self::connect(database).await?;
        transaction.connection().batch_execute(BEGIN).await?;
        Ok(transaction)
    }

    /// Begins a transaction and runs `read` in the same round trip. `read` must not write: if BEGIN
    /// fails, no rollback would undo its changes.
    async fn begin_with<V, E, R>(database: &Database, read: &R) -> Result<(Self, V), E>
    where
        for<'r> R: Body<&'r AsyncPgConnection, Result<V, E>, Running: Send>,
        E: Failure,
    {
        let mut transaction = Self::connect(database).await?;
        let connection = &*transaction.connection();
        let mut begins = connection;
        // Await both even if one fails, so that no statement is in flight when the connection is
        // reused.
        let (begun, found) = tokio::join!(begins.batch_execute(BEGIN), read(connection));
        begun?;
        match found {
            Ok(found) => Ok((transaction, found)),
            Err(error) => {
                transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Takes a connection. The transaction is not begun yet.
    async fn connect(database: &Database) -> QueryResult<Self> {
        let connection = database.connection().await?;
        Ok(Self {
            database: database.clone(),
            connection: Some(connection),
        })
    }

    pub(crate) fn connection(&mut self) -> &mut AsyncPgConnection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a transaction is ended only by value"),
        }
    }

    /// Commits. Fails if a statement of the transaction failed, even if the body ignored that
    /// error. PostgreSQL would answer COMMIT by rolling back without an error; the statement before
    /// COMMIT, in the same round trip, fails instead.
    pub(crate) async fn commit(mut self) -> QueryResult<()> {
        self.connection().batch_execute("SELECT 1; COMMIT").await?;
        self.connection = None;
        self.database.notify_committed();
        Ok(())
    }

    /// Commits if `result` is `Ok`, otherwise rolls back.
    async fn end<T, E: Failure>(self, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    pub(crate) async fn rollback(mut self) {
        // If this fails, the connection is broken. Dropping `self` closes it, and the server rolls
        // back.
        if self.connection().batch_execute("ROLLBACK").await.is_ok() {
            self.connection = None;
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}

/// Runs `body` in a transaction, and again if it was in conflict with another one.
pub(crate) async fn run<T, E, F>(database: &Database, body: F) -> Result<T, E>
where
    for<'r> F: Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send> + Sync,
    T: Send,
    E: Failure,
{
    retry(async |()| {
        let mut transaction = Transaction::begin(database).await?;
        let result = body(transaction.connection()).await;
        transaction.end(result).await
    })
    .await
}

/// As [`run`]. Passes the result of `read` to `body`.
pub(crate) async fn run_with<V, T, E, R, F>(database: &Database, read: R, body: F) -> Result<T, E>
where
    for<'r> R: Body<&'r AsyncPgConnection, Result<V, E>, Running: Send> + Sync,
    for<'r> F: Body<(&'r mut AsyncPgConnection, V), Result<T, E>, Running: Send> + Sync,
    V: Send,
    T: Send,
    E: Failure,
{
    retry(async |()| {
        let (mut transaction, found) = Transaction::begin_with(database, &read).await?;
        let result = body((transaction.connection(), found)).await;
        transaction.end(result).await
    })
    .await
}

/// Runs `attempt` until it succeeds, fails for another reason than contention, or has failed
/// [`ATTEMPTS`] times. The pauses are random so that colliding transactions do not collide again.
pub(crate) async fn retry<T, E, F>(attempt: F) -> Result<T, E>
where
    F: Body<(), Result<T, E>, Running: Send>,
    E: Failure,
{
    let backoff = ExponentialBuilder::new()
        .with_min_delay(SHORTEST_PAUSE)
        .with_max_times(ATTEMPTS - 1)
        .with_jitter();
    (|| attempt(()))
        .retry(backoff)
        .when(|error: &E| error.database().is_some_and(is_contention))
        .await
}
