//! The connection pool.

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
use super::transaction::{self, Body};
use crate::config::DatabaseOptions;

/// Pause between two probes of the server.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How long the request to cancel a statement may take.
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
    /// The only connection outside the pool. It holds locks and sends probes, which must work while
    /// the pool is exhausted.
    session: Mutex<Session>,
    /// Starts the task that probes the server.
    probing: Once,
}

impl Database {
    /// Prepares the pool. Connects to nothing.
    ///
    /// # Errors
    /// The URL is invalid.
    pub fn new(options: &DatabaseOptions) -> Result<Self, tokio_postgres::Error> {
        let connector = Connector::new(options)?;
        let mut config = ManagerConfig::default();
        // A test query per checkout costs a fifth of the throughput, and the connection may still
        // break right after it. Broken connections are detected without it.
        config.recycling_method = RecyclingMethod::Fast;
        let opening = connector.clone();
        config.custom_setup = Box::new(move |_| {
            let connector = opening.clone();
            async move { connector.open().await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        // This fails only with timeouts but no runtime. No timeouts are set: `connection` bounds
        // the wait.
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
                probing: Once::new(),
            }),
        })
    }

    /// A connection for reading, or for one statement. Dropping it returns it to the pool.
    ///
    /// # Errors
    /// The database is away or silent, or all connections are busy for longer than the setting
    /// `database-wait`. As a [`Refusal`], the error is UNAVAILABLE.
    ///
    /// [`Refusal`]: crate::Refusal
    pub async fn connection(&self) -> QueryResult<Connection> {
        self.start_probing();
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

    /// Runs `body` in one READ COMMITTED transaction: commits when it returns `Ok`, rolls back when
    /// it returns `Err`.
    ///
    /// `body` **may run several times**, because serialization failures and deadlocks are retried
    /// up to five times with random pauses. It must have no effects outside the database. If the
    /// returned future is dropped, the transaction is rolled back and its connection closed.
    ///
    /// # Errors
    /// The error of `body`, or of the database.
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
        transaction::run(self, body)
    }

    /// As [`transaction`](Self::transaction), for a transaction that begins with a read. The
    /// statement of `read` is sent together with BEGIN, which saves a round trip, and its result is
    /// passed to `body`. `read` must not write or lock, because it may run outside the transaction.
    ///
    /// # Errors
    /// The error of `read` or `body`, or of the database.
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
        transaction::run_with(self, read, body)
    }

    /// Subscribes to the transactions that this process commits from now on.
    pub fn committed(&self) -> Committed {
        Committed(self.inner.committed.subscribe())
    }

    /// Wakes the subscribers of [`committed`](Self::committed). [`transaction`](Self::transaction)
    /// does this itself; only code that commits without it calls this.
    pub fn notify_committed(&self) {
        self.inner
            .committed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether the last probe reached the database. The process probes it every second, even while
    /// the pool is exhausted. A probe fails if there is no answer within the setting
    /// `database-probe-timeout`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn probe(&self) -> QueryResult<()> {
        self.start_probing();
        self.inner.presence.known().await
    }

    /// The session. Fails if the server is silent.
    pub(super) async fn session(&self) -> QueryResult<MutexGuard<'_, Session>> {
        self.start_probing();
        self.inner.presence.admit()?;
        let session = self.inner.session.lock().await;
        self.inner.presence.admit()?;
        Ok(session)
    }

    /// Starts the task that probes the server until the last clone of this database is dropped.
    fn start_probing(&self) {
        self.inner.probing.call_once(|| {
            tokio::spawn(probe_regularly(Arc::downgrade(&self.inner)));
        });
    }
}

async fn probe_regularly(database: Weak<Inner>) {
    while let Some(inner) = database.upgrade() {
        // The session records the result in `presence`.
        let _ = inner.session.lock().await.probe().await;
        drop(inner);
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}

/// A subscription to commits. The relay uses it to publish new events without waiting for its next
/// poll. A commit between two calls of [`changed`](Self::changed) makes the next call return at
/// once.
pub struct Committed(watch::Receiver<u64>);

impl Committed {
    /// Returns after a commit that an earlier call did not report.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The database was dropped, so there are no further commits.
            std::future::pending::<()>().await;
        }
    }
}

/// A connection of the pool.
pub struct Connection(Object<AsyncPgConnection>);

impl Connection {
    /// Removes the connection from the pool and closes it, together with a statement in flight.
    pub(super) fn close(self) {
        let connection = Object::take(self.0);
        let cancel = connection.cancel_token();
        drop(connection);
        // The server detects the closed socket only when the running statement ends, and that one
        // may be waiting for a lock.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // A silent server would never answer the request.
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
