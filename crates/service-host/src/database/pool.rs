//! The pool.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use futures::FutureExt as _;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::Instant;

use super::connect::Connector;
use super::exclusive::Session;
use super::failure::{Failure, away};
use super::measure::Measures;
use super::presence::{Presence, silent};
use super::sqlstate::Plain;
use super::transaction::{Body, Isolation, attempt, attempt_with};
use crate::config::DatabaseOptions;

/// How long between two questions whether the server is there.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long the server may take to hear that a statement is to be cancelled.
const CANCEL: Duration = Duration::from_secs(5);

/// The service's database. Cheap to clone; all clones share one pool.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
    measures: Measures,
    committed: watch::Sender<u64>,
    presence: Presence,
    /// The one connection outside the pool: locks and questions after the server must work also while the pool is exhausted.
    session: Mutex<Session>,
    /// Done once somebody asks regularly whether the server is there.
    attended: Once,
}

impl Database {
    /// Prepares the pool. Connects to nothing.
    ///
    /// # Errors
    /// The URL can't be understood.
    pub fn new(options: &DatabaseOptions) -> Result<Self, tokio_postgres::Error> {
        let connector = Connector::new(options)?;
        let mut config = ManagerConfig::default();
        // A test query per checkout costs a fifth of the throughput, and a connection may break right after it all the
        // same. Broken ones are recognised without it.
        config.recycling_method = RecyclingMethod::Fast;
        let opening = connector.clone();
        config.custom_setup = Box::new(move |_| {
            let connector = opening.clone();
            async move { connector.open().await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        // Building fails only where timeouts are set without a runtime. None are set: `connection` bounds the wait.
        let pool = Pool::builder(manager)
            .max_size(options.pool_size)
            .build()
            .unwrap_or_else(|_| unreachable!("a pool without timeouts needs no runtime"));
        Ok(Self {
            inner: Arc::new(Inner {
                measures: Measures::of(&pool),
                pool,
                wait: options.wait,
                committed: watch::Sender::new(0),
                session: Mutex::new(Session::new(&connector, options)),
                presence: connector.presence,
                attended: Once::new(),
            }),
        })
    }

    /// A connection for reading, or for one statement. It goes back to the pool when dropped.
    ///
    /// # Errors
    /// The database is away, says nothing, or all connections are busy for longer than the setting `database-wait`. As a
    /// [`Refusal`] that is UNAVAILABLE.
    ///
    /// [`Refusal`]: crate::Refusal
    pub async fn connection(&self) -> QueryResult<Connection> {
        self.attend();
        let silence = self.inner.presence.silence();
        self.inner.presence.admit()?;
        let measures = &self.inner.measures;
        let began = Instant::now();
        let got = tokio::select! {
            biased;
            got = tokio::time::timeout(self.inner.wait, self.inner.pool.get()) => got,
            () = silence => return Err(silent()),
        };
        match got {
            Ok(Ok(object)) => {
                measures.waited(began.elapsed());
                Ok(Connection(object))
            }
            Ok(Err(error)) => Err(away(error)),
            Err(_) => {
                measures.refused();
                Err(away("all connections are busy"))
            }
        }
    }

    /// Runs `body` in one READ COMMITTED transaction: commits when it returns `Ok`, rolls back when it returns `Err`.
    ///
    /// `body` **may run several times**: serialization failures and deadlocks are tried again up to five times, with
    /// a random pause. It must have no effects outside the database. When the returned future is dropped, the
    /// transaction is rolled back and its connection closed.
    ///
    /// # Errors
    /// What `body` returned, or the database's own error.
    pub fn transaction<'a, T, E, F>(&'a self, body: F) -> impl Future<Output = Result<T, E>> + Send + 'a
    where
        for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<T, E>
            + Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send>
            + Send
            + Sync
            + 'a,
        T: Send + 'a,
        E: Failure + 'a,
    {
        attempt(self, Isolation::ReadCommitted, body)
    }

    /// As [`transaction`](Self::transaction), for one that begins by reading: what `read` asks is sent together with BEGIN, a
    /// round trip less, and what it finds goes to `body`. `read` must not write or lock: it may run without the transaction.
    ///
    /// # Errors
    /// What `read` or `body` returned, or the database's own error.
    pub fn transaction_with<'a, V, T, E, R, F>(
        &'a self,
        read: R,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'a
    where
        for<'r> R: AsyncFn(&'r AsyncPgConnection) -> Result<V, E>
            + Body<&'r AsyncPgConnection, Result<V, E>, Running: Send>
            + Send
            + Sync
            + 'a,
        for<'r> F: AsyncFn((&'r mut AsyncPgConnection, V)) -> Result<T, E>
            + Body<(&'r mut AsyncPgConnection, V), Result<T, E>, Running: Send>
            + Send
            + Sync
            + 'a,
        V: Send + 'a,
        T: Send + 'a,
        E: Failure + 'a,
    {
        attempt_with(self, read, body)
    }

    /// As [`transaction`](Self::transaction), in isolation level SERIALIZABLE.
    ///
    /// # Errors
    /// What `body` returned, or the database's own error.
    pub fn serializable<'a, T, E, F>(&'a self, body: F) -> impl Future<Output = Result<T, E>> + Send + 'a
    where
        for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<T, E>
            + Body<&'r mut AsyncPgConnection, Result<T, E>, Running: Send>
            + Send
            + Sync
            + 'a,
        T: Send + 'a,
        E: Failure + 'a,
    {
        attempt(self, Isolation::Serializable, body)
    }

    /// Tells of every transaction that this process commits from now on.
    pub fn committed(&self) -> Committed {
        Committed(self.inner.committed.subscribe())
    }

    /// Tells those who wait for [`committed`](Self::committed). Transactions do it themselves; only whoever commits in
    /// another way needs to.
    pub fn notify_committed(&self) {
        self.inner
            .committed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Is the database there, as far as is known? It is asked every second, also while the pool is exhausted, and called away
    /// when it doesn't answer within the setting `database-silence`.
    ///
    /// # Errors
    /// It isn't.
    pub async fn probe(&self) -> QueryResult<()> {
        self.attend();
        self.inner.presence.known().await
    }

    /// The session, unless asking on it would be waiting in vain.
    pub(super) async fn session(&self) -> QueryResult<MutexGuard<'_, Session>> {
        self.attend();
        self.inner.presence.admit()?;
        let session = self.inner.session.lock().await;
        self.inner.presence.admit()?;
        Ok(session)
    }

    /// Sees to it that somebody asks regularly whether the server is there, for as long as this database is held by anybody.
    fn attend(&self) {
        self.inner.attended.call_once(|| {
            tokio::spawn(ask_regularly(Arc::downgrade(&self.inner)));
        });
    }
}

async fn ask_regularly(database: Weak<Inner>) {
    while let Some(inner) = database.upgrade() {
        // What comes of it is noted where everybody looks.
        let _ = inner.session.lock().await.ask().await;
        drop(inner);
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Wakes whoever waits for commits: the relay looks for new events when there may be some. It misses none: a commit
/// between two calls of [`changed`](Self::changed) makes the next one return at once.
pub struct Committed(watch::Receiver<u64>);

impl Committed {
    /// Returns after a transaction was committed that this did not tell of yet.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The database handle is gone: there will be no more commits.
            std::future::pending::<()>().await;
        }
    }
}

/// A connection out of the pool.
pub struct Connection(Object<AsyncPgConnection>);

impl Connection {
    /// Takes it out of the pool and closes it, with whatever it was about.
    pub(super) fn close(self) {
        let connection = Object::take(self.0);
        let cancel = connection.cancel_token();
        drop(connection);
        // The server notices the closed socket only when the running statement ends; that one may be waiting for a lock.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // A server that says nothing would never be done with it.
                let _ = tokio::time::timeout(CANCEL, cancel.cancel_query(Plain::default())).await;
            });
        }
    }
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.0
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.0
    }
}
