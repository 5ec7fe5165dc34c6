//! Transactions that nobody can leave open, and a database that may be away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::result::Error as DatabaseError;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use service_host::Refusal;
use test_support::{eventually, reason_of};
use tokio::sync::Barrier;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{BOUND, Config, Count, Error, Host, count, effects, fresh_database, handle_to};

/// Sessions of this database with a transaction open, other than the one that asks.
const OPEN: &str = "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";

async fn none_open(database: &test_support::Database) {
    let conn = database.connection().await;
    let conn = tokio::sync::Mutex::new(conn);
    eventually(BOUND, async || match count(&mut *conn.lock().await, OPEN).await {
        Ok(0) => Ok(()),
        other => Err(format!("{other:?} open transactions")),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_is_rolled_back_and_its_connection_is_not_used_again() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    for statement in ["SELECT 1", "SELECT pg_sleep(60)"] {
        let reached = tokio::sync::Notify::new();
        let transaction = db.transaction(
            async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                conn.batch_execute("INSERT INTO effects (text) VALUES ('half')")
                    .await?;
                reached.notify_one();
                // Dropped between two statements, or in the middle of one.
                conn.batch_execute(statement).await?;
                std::future::pending().await
            },
        );
        tokio::select! {
            _ = transaction => unreachable!("it never ends"),
            () = async {
                reached.notified().await;
                tokio::task::yield_now().await;
            } => {}
        }
        none_open(&database).await;
        let mut conn = db.connection().await.unwrap();
        assert_eq!(effects(&mut conn).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_leaves_no_transaction_waiting_for_a_lock() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let mut blocker = database.connection().await;
    blocker
        .batch_execute("BEGIN; LOCK TABLE effects IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let waiting = tokio::spawn(async move {
        db.transaction(
            async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                conn.batch_execute("INSERT INTO effects (text) VALUES ('late')")
                    .await
            },
        )
        .await
    });
    let looking = database.connection().await;
    let waiting_for_locks = "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() \
                   AND wait_event_type = 'Lock'";
    let conn = tokio::sync::Mutex::new(looking);
    let waits = async |wanted| {
        eventually(BOUND, async || {
            match count(&mut *conn.lock().await, waiting_for_locks).await {
                Ok(found) if found == wanted => Ok(()),
                other => Err(format!("{other:?} wait instead of {wanted}")),
            }
        })
        .await;
    };
    waits(1).await;
    waiting.abort();
    // The lock is still taken: only a cancelled statement stops waiting for it.
    waits(0).await;
    blocker.batch_execute("ROLLBACK").await.unwrap();
    none_open(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_together_with_begin_comes_before_all_that_the_transaction_does() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    // On a connection of its own first, and then on one that has both statements prepared.
    for round in 0..3 {
        let read = async |mut conn: &AsyncPgConnection| {
            let rows = diesel::sql_query("SELECT count(*) AS count FROM effects");
            Ok::<_, DatabaseError>(rows.get_result::<Count>(&mut conn).await?.count)
        };
        let add = async |(conn, found): (&mut AsyncPgConnection, i64)| {
            conn.batch_execute("INSERT INTO effects (text) VALUES ('added')")
                .await?;
            Ok::<_, DatabaseError>(found)
        };
        assert_eq!(db.transaction_with(read, add).await.unwrap(), round);

        let refuse = async |(conn, found): (&mut AsyncPgConnection, i64)| {
            add((conn, found)).await?;
            Err::<(), _>(DatabaseError::NotFound)
        };
        db.transaction_with(read, refuse).await.unwrap_err();
        let mut conn = db.connection().await.unwrap();
        assert_eq!(effects(&mut conn).await.unwrap(), round + 1, "undone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_fails_together_with_begin_leaves_nothing_open() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let read = async |mut conn: &AsyncPgConnection| {
        diesel::sql_query("SELECT count(*) AS count FROM nowhere")
            .get_result::<Count>(&mut conn)
            .await
    };
    let add = async |(conn, _): (&mut AsyncPgConnection, Count)| {
        conn.batch_execute("INSERT INTO effects (text) VALUES ('added')")
            .await
    };
    db.transaction_with(read, add).await.unwrap_err();
    none_open(&database).await;
    let mut conn = db.connection().await.unwrap();
    assert_eq!(effects(&mut conn).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_is_tried_again() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let runs = AtomicUsize::new(0);
    let both_have_read = Barrier::new(2);
    let add = async |text: &'static str| {
        db.transaction(async |conn: &mut AsyncPgConnection| -> Result<i64, Error> {
            conn.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                .await?;
            let seen = effects(conn).await?;
            // In their first attempts both have read before either writes: one of them must fail.
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                both_have_read.wait().await;
            }
            diesel::sql_query(format!("INSERT INTO effects (text) VALUES ('{text}')"))
                .execute(conn)
                .await?;
            Ok(seen)
        })
        .await
    };
    let (one, other) = tokio::join!(add("one"), add("other"));
    let mut seen = [one.unwrap(), other.unwrap()];
    seen.sort_unstable();
    assert_eq!(seen, [0, 1], "as if one had run after the other");
    assert!(AtomicUsize::load(&runs, Ordering::SeqCst) >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let mut conn = database.connection().await;
    conn.batch_execute("INSERT INTO effects (text) VALUES ('a'), ('b')")
        .await
        .unwrap();
    let runs = AtomicUsize::new(0);
    let both_hold_one = Barrier::new(2);
    let lock = async |first: &'static str, second: &'static str| {
        db.transaction(
            async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                let lock = |text| format!("UPDATE effects SET text = text WHERE text = '{text}'");
                conn.batch_execute(&lock(first)).await?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    both_hold_one.wait().await;
                }
                conn.batch_execute(&lock(second)).await
            },
        )
        .await
    };
    let (one, other) = tokio::join!(lock("a", "b"), lock("b", "a"));
    one.unwrap();
    other.unwrap();
    assert_eq!(AtomicUsize::load(&runs, Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn contention_without_end_is_refused_after_some_attempts_and_other_failures_at_once() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let runs = AtomicUsize::new(0);
    let fail = async |sql: &'static str| {
        runs.store(0, Ordering::SeqCst);
        let result = db
            .transaction(
                async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                    runs.fetch_add(1, Ordering::SeqCst);
                    conn.batch_execute(sql).await
                },
            )
            .await;
        let status = Status::from(Refusal::from(result.unwrap_err()));
        (
            status.code(),
            reason_of(&status),
            AtomicUsize::load(&runs, Ordering::SeqCst),
        )
    };
    let contention = fail("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$").await;
    assert_eq!(contention, (Code::Aborted, "CONTENTION".to_owned(), 6));
    assert_eq!(
        fail("SELECT 1 / 0").await,
        (Code::Internal, "INTERNAL".to_owned(), 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_whose_failure_was_swallowed_is_not_committed() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let result = db
        .transaction(
            async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                conn.batch_execute("INSERT INTO effects (text) VALUES ('lost')")
                    .await?;
                let _ = conn.batch_execute("SELECT 1 / 0").await;
                Ok(())
            },
        )
        .await;
    assert!(
        result.is_err(),
        "PostgreSQL answers COMMIT by rolling back, without an error"
    );
    none_open(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_commits_is_told_of_each_and_of_nothing_else() {
    let database = fresh_database().await;
    let db = handle_to(&database);
    let mut committed = db.committed();
    let run = async |sql: &'static str| {
        db.transaction(
            async |conn: &mut AsyncPgConnection| -> Result<(), DatabaseError> {
                conn.batch_execute(sql).await
            },
        )
        .await
    };
    run("SELECT 1 / 0").await.unwrap_err();
    assert!(futures::FutureExt::now_or_never(committed.changed()).is_none());
    // Committed before anyone waits: not missed.
    run("SELECT 1").await.unwrap();
    assert!(futures::FutureExt::now_or_never(committed.changed()).is_some());
    assert!(futures::FutureExt::now_or_never(committed.changed()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exhausted_pool_is_unavailable_after_a_bounded_wait_and_probes_still_answer() {
    let database = fresh_database().await;
    let tokens = test_support::Tokens::new();
    let options = ["--database-pool-size=1", "--database-wait=1s"];
    let db = service_host::Database::new(&Config::new(database.url(), &tokens, &options).database).unwrap();
    let _all = db.connection().await.unwrap();
    let status = Status::from(Refusal::from(db.connection().await.err().unwrap()));
    assert_eq!(
        (status.code(), reason_of(&status).as_str()),
        (Code::Unavailable, "DATABASE_UNAVAILABLE")
    );
    db.probe().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_cut() {
    let database = fresh_database().await;
    let tokens = test_support::Tokens::new();
    let config = Config::new(database.url(), &tokens, &["--database-statement-timeout=100ms"]);
    let db = service_host::Database::new(&config.database).unwrap();
    let mut conn = db.connection().await.unwrap();
    let error = conn.batch_execute("SELECT pg_sleep(60)").await.unwrap_err();
    assert_eq!(Refusal::from(error).reason(), "DATABASE_BUSY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_replaced() {
    let host = Host::start(&["--database-pool-size=2"]).await;
    let me = Uuid::new_v4();
    host.put(me, "before").await.unwrap();
    let mut conn = host.database.as_ref().unwrap().connection().await;
    let others = "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(count(&mut conn, others).await.unwrap() > 0);
    // A call that meets the dead connection is refused as UNAVAILABLE; the next one gets a new
    // connection.
    let result = eventually(Duration::from_secs(5), async || {
        match host.put(me, "after").await {
            Ok(answer) => Ok(answer),
            Err(status) if status.code() == Code::Unavailable => Err(status),
            Err(status) => panic!("{status}"),
        }
    });
    result.await;
}
