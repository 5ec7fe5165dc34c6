//! The pool.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{Mutex, watch};

use super::connect;
use super::exclusive::Session;
use super::failure::{Failure, away};
use super::transaction::{Body, Isolation, attempt};
use crate::config::DatabaseOptions;

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(2);

/// The service's database. Cheap to clone; all clones share one pool.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
    committed: watch::Sender<u64>,
    settings: tokio_postgres::Config,
    /// The one connection outside the pool: locks and probes must work also while the pool is exhausted.
    session: Mutex<Session>,
}

impl Database {
    /// Prepares the pool. Connects to nothing.
    ///
    /// # Errors
    /// The URL can't be understood.
    pub fn new(options: &DatabaseOptions) -> Result<Self, tokio_postgres::Error> {
        let settings = connect::settings(options)?;
        let mut config = ManagerConfig::default();
        // A test query per checkout costs a fifth of the throughput, and a connection may break right after it all the
        // same. Broken ones are recognised without it.
        config.recycling_method = RecyclingMethod::Fast;
        let used = settings.clone();
        config.custom_setup = Box::new(move |_| {
            let settings = used.clone();
            async move { connect::open(&settings).await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        // Building fails only where timeouts are set without a runtime. None are set: `connection` bounds the wait.
        let pool = Pool::builder(manager)
            .max_size(options.pool_size)
            .build()
            .unwrap_or_else(|_| unreachable!("a pool without timeouts needs no runtime"));
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                wait: options.wait,
                committed: watch::Sender::new(0),
                settings,
                session: Mutex::new(Session::default()),
            }),
        })
    }

    /// A connection for reading, or for one statement. It goes back to the pool when dropped.
    ///
    /// # Errors
    /// The database is away or all connections are busy for longer than the setting `database-wait`. As a [`Refusal`]
    /// that is UNAVAILABLE.
    ///
    /// [`Refusal`]: crate::Refusal
    pub async fn connection(&self) -> QueryResult<Connection> {
        match tokio::time::timeout(self.inner.wait, self.inner.pool.get()).await {
            Ok(Ok(object)) => Ok(Connection(object)),
            Ok(Err(error)) => Err(away(error)),
            Err(_) => Err(away("all connections are busy")),
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

    /// A connection of one's own, outside the pool: closed when dropped, made anew by nobody.
    ///
    /// # Errors
    /// The database is away.
    pub async fn dedicated(&self) -> QueryResult<AsyncPgConnection> {
        connect::open(&self.inner.settings).await.map_err(away)
    }

    /// [`probe`](Self::probe) as a server's health asks it: `.needs("postgres", db.health())`.
    pub fn health(&self) -> impl Fn() -> BoxFuture<'static, QueryResult<()>> + Send + Sync + 'static {
        let database = self.clone();
        move || {
            let database = database.clone();
            async move { database.probe().await }.boxed()
        }
    }

    /// Is the database there? For health; answers within two seconds, also while the pool is exhausted.
    ///
    /// # Errors
    /// It isn't.
    pub async fn probe(&self) -> QueryResult<()> {
        let answer = tokio::time::timeout(PROBE, async {
            let mut session = self.session().await;
            let ask = async |connection: &mut AsyncPgConnection| connection.batch_execute("SELECT 1").await;
            session.with(&self.inner.settings, ask).await
        });
        answer
            .await
            .unwrap_or_else(|_| Err(away("no answer within two seconds")))
    }

    pub(super) async fn session(&self) -> tokio::sync::MutexGuard<'_, Session> {
        self.inner.session.lock().await
    }

    pub(super) fn settings(&self) -> &tokio_postgres::Config {
        &self.inner.settings
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
                let _ = cancel.cancel_query(tokio_postgres::NoTls).await;
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
