//! Transactions that are retried where that helps, and never left open.

use std::time::Duration;

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rand::Rng as _;

use super::failure::{Failure, is_contention};
use super::pool::{Connection, Database};

/// How often a transaction is begun before its contention is the caller's to see.
const ATTEMPTS: u32 = 6;

/// What a transaction runs: an async closure that may be called several times, whose future may move between threads.
/// Implemented for every closure of that kind; `async |conn: &mut AsyncPgConnection| { … }` without `move` is one.
///
/// It says in today's Rust what the bound `AsyncFn(T) -> R` can't: that the future is `Send`.
pub trait Body<T, R>: AsyncFn(T) -> R + Fn(T) -> <Self as Body<T, R>>::Running {
    /// The future that a call makes.
    type Running: Future<Output = R>;
}

impl<F, T, Running, R> Body<T, R> for F
where
    F: AsyncFn(T) -> R + Fn(T) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}

const READ_COMMITTED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// How strictly a transaction is kept apart from others.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Isolation {
    ReadCommitted,
    Serializable,
}

/// An open transaction. Dropped before its end, it takes the connection with it: the pool never sees a connection whose
/// transaction is open or whose statement was cut, and the server rolls back.
///
/// In SQL and not by diesel's transaction manager, which has no way to say that a commit was none (see
/// [`commit`](Self::commit)) without a round trip of its own.
pub(crate) struct Transaction {
    database: Database,
    connection: Option<Connection>,
}

impl Transaction {
    pub(crate) async fn begin(database: &Database, isolation: Isolation) -> QueryResult<Self> {
        let mut transaction = Self::connect(database).await?;
        let begin = match isolation {
            Isolation::ReadCommitted => READ_COMMITTED,
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        transaction.connection().batch_execute(begin).await?;
        Ok(transaction)
    }

    /// READ COMMITTED, and what `read` asks is sent along: one round trip for both. It may only read: where BEGIN failed,
    /// nothing would undo what it wrote.
    async fn begin_with<V, E, R>(database: &Database, read: &R) -> Result<(Self, V), E>
    where
        for<'r> R: Body<&'r AsyncPgConnection, Result<V, E>, Running: Send>,
        E: Failure,
    {
        let mut transaction = Self::connect(database).await?;
        let connection = &*transaction.connection();
        let mut begins = connection;
        // Both to the end: the pool never sees a connection whose statement was cut.
        let (begun, found) = tokio::join!(begins.batch_execute(READ_COMMITTED), read(connection));
        begun?;
        match found {
            Ok(found) => Ok((transaction, found)),
            Err(error) => {
                transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Not begun.
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

    /// Commits. A transaction in which a statement failed is refused here, though the failure was swallowed:
    /// PostgreSQL would answer COMMIT by rolling back, without an error. The statement before it, sent along, fails there.
    pub(crate) async fn commit(mut self) -> QueryResult<()> {
        self.connection().batch_execute("SELECT 1; COMMIT").await?;
        self.connection = None;
        self.database.notify_committed();
        Ok(())
    }

    /// Commits what went well, and rolls back what didn't.
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
        // Where that fails, the connection is broken; dropping `self` closes it, and the server rolls back.
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

/// Runs `body` in a transaction, again and again while others get in its way.
pub(crate) async fn attempt<T, E, F>(database: &Database, isolation: Isolation, body: F) -> Result<T, E>
where
    for<'r> F: Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send> + Sync,
    T: Send,
    E: Failure,
{
    again_and_again(async |()| {
        let mut transaction = Transaction::begin(database, isolation).await?;
        let result = body(transaction.connection()).await;
        transaction.end(result).await
    })
    .await
}

/// As [`attempt`], READ COMMITTED; what `read` finds on the way in is `body`'s.
pub(crate) async fn attempt_with<V, T, E, R, F>(database: &Database, read: R, body: F) -> Result<T, E>
where
    for<'r> R: Body<&'r AsyncPgConnection, Result<V, E>, Running: Send> + Sync,
    for<'r> F: Body<(&'r mut AsyncPgConnection, V), Result<T, E>, Running: Send> + Sync,
    V: Send,
    T: Send,
    E: Failure,
{
    again_and_again(async |()| {
        let (mut transaction, found) = Transaction::begin_with(database, &read).await?;
        let result = body((transaction.connection(), found)).await;
        transaction.end(result).await
    })
    .await
}

/// Runs one attempt after the other while others get in its way, [`ATTEMPTS`] at most; what stopped the last is the caller's.
pub(crate) async fn again_and_again<T, E, F>(once: F) -> Result<T, E>
where
    F: Body<(), Result<T, E>, Running: Send>,
    E: Failure,
{
    let mut attempts = 0;
    loop {
        attempts += 1;
        let error = match once(()).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if !may_retry(&error, attempts) {
            return Err(error);
        }
        pause(attempts).await;
    }
}

/// Is it worth another attempt, after this many?
fn may_retry(error: &impl Failure, attempts: u32) -> bool {
    attempts < ATTEMPTS && error.database().is_some_and(is_contention)
}

/// A random pause whose bound doubles: 10 ms, 20 ms, … Those who collided must not meet again.
async fn pause(attempts: u32) {
    let bound = 10_u64 << attempts.min(5);
    let pause = Duration::from_millis(rand::rng().random_range(1..=bound));
    tokio::time::sleep(pause).await;
}

/// Runs `body` in a savepoint of the transaction that `connection` is in: when it fails, what it did is undone and the
/// transaction goes on.
///
/// # Errors
/// What `body` returned, or the database's own error.
pub fn savepoint<'a, T, E, F>(
    connection: &'a mut AsyncPgConnection,
    body: F,
) -> impl Future<Output = Result<T, E>> + Send + 'a
where
    for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<T, E>
        + Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send>
        + Send
        + Sync
        + 'a,
    T: Send + 'a,
    E: From<diesel::result::Error> + Send + 'a,
{
    within(connection, body)
}

async fn within<T, E, F>(connection: &mut AsyncPgConnection, body: F) -> Result<T, E>
where
    for<'r> F: Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send>,
    E: From<diesel::result::Error>,
{
    connection.batch_execute("SAVEPOINT tried").await?;
    let result = body(connection).await;
    // Savepoints of one name lie upon each other; these speak of the uppermost.
    let end = if result.is_ok() {
        "RELEASE SAVEPOINT tried"
    } else {
        "ROLLBACK TO SAVEPOINT tried; RELEASE SAVEPOINT tried"
    };
    connection.batch_execute(end).await?;
    result
}
