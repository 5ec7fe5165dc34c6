//! Database errors are recognised by SQLSTATE: the server of these tests answers in Russian.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::QueryResult;
use diesel::result::Error as DatabaseError;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use service_host::{Database, Refusal, database};
use test_support::eventually;
use tokio::sync::Barrier;

use crate::support::{BOUND, Config, count, fresh_database};

/// A database whose server answers in Russian, with two rows, and the service's handle to it.
async fn russian() -> (test_support::Database, Database) {
    let database = fresh_database().await;
    database.answer_in_russian().await;
    let mut conn = database.connection().await;
    conn.batch_execute("INSERT INTO effects (text) VALUES ('a'), ('b')")
        .await
        .unwrap();
    let tokens = test_support::Tokens::new();
    let config = Config::new(database.url(), &tokens, &["--database-statement-timeout=5s"]);
    let db = Database::new(&config.database).unwrap();
    (database, db)
}

fn assert_recognised<T: std::fmt::Debug>(result: QueryResult<T>, sqlstate: &str, reason: &str) {
    let error = result.unwrap_err();
    assert_eq!(database::sqlstate(&error), Some(sqlstate), "{error}");
    assert!(!error.to_string().is_ascii(), "not in Russian: {error}");
    assert_eq!(Refusal::from(error).reason(), reason);
}

fn touch(text: &str) -> String {
    format!("UPDATE effects SET text = text WHERE text = '{text}'")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_contention_and_is_retried() {
    let (_database, db) = russian().await;
    let both_hold_one = Barrier::new(2);
    let cross = async |first: &'static str, second: &'static str| {
        let mut conn = db.connection().await.unwrap();
        conn.batch_execute(&format!("BEGIN; {}", touch(first)))
            .await
            .unwrap();
        both_hold_one.wait().await;
        let result = conn.batch_execute(&touch(second)).await;
        conn.batch_execute("ROLLBACK").await.unwrap();
        result
    };
    let (one, other) = tokio::join!(cross("a", "b"), cross("b", "a"));
    assert_recognised(one.and(other), "40P01", "CONTENTION");

    let runs = AtomicUsize::new(0);
    let retried = async |first: &'static str, second: &'static str| {
        db.transaction(async |conn: &mut AsyncPgConnection| -> QueryResult<()> {
            conn.batch_execute(&touch(first)).await?;
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                both_hold_one.wait().await;
            }
            conn.batch_execute(&touch(second)).await
        })
        .await
    };
    let (one, other) = tokio::join!(retried("a", "b"), retried("b", "a"));
    one.and(other).unwrap();
    assert_eq!(AtomicUsize::load(&runs, Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_is_contention() {
    let (_database, db) = russian().await;
    let (mut one, mut other) = (db.connection().await.unwrap(), db.connection().await.unwrap());
    for conn in [&mut one, &mut other] {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM effects";
        conn.batch_execute(begin).await.unwrap();
    }
    one.batch_execute(&format!("{}; COMMIT", touch("a")))
        .await
        .unwrap();
    let late = other.batch_execute(&touch("a")).await;
    assert_recognised(late, "40001", "CONTENTION");
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_in_a_text_is_an_invalid_field() {
    let (_database, db) = russian().await;
    let mut conn = db.connection().await.unwrap();
    let text = diesel::sql_query("INSERT INTO effects (text) VALUES ($1)").bind::<Text, _>("a\0b");
    assert_recognised(text.execute(&mut conn).await, "22021", "INVALID_FIELD");
    let json = conn.batch_execute(r#"SELECT '"\u0000"'::jsonb"#).await;
    assert_recognised(json, "22P05", "INVALID_FIELD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_waits_too_long_means_a_busy_database() {
    let (_database, db) = russian().await;
    let mut conn = db.connection().await.unwrap();
    conn.batch_execute("SET statement_timeout = '100ms'")
        .await
        .unwrap();
    let slow = conn.batch_execute("SELECT pg_sleep(60)").await;
    assert_recognised(slow, "57014", "DATABASE_BUSY");

    let mut holder = db.connection().await.unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE effects").await.unwrap();
    conn.batch_execute("RESET statement_timeout; SET lock_timeout = '100ms'")
        .await
        .unwrap();
    let waited = conn.batch_execute(&touch("a")).await;
    assert_recognised(waited, "55P03", "DATABASE_BUSY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shuts_down_during_a_call_is_unavailable() {
    let (database, db) = russian().await;
    let mut conn = db.connection().await.unwrap();
    let call = async { conn.batch_execute("SELECT pg_sleep(60)").await };
    // What a shutdown does to each backend.
    let terminate = eventually(BOUND, async || {
        let sleeping = "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity \
                        WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'";
        match count(&mut database.connection().await, sleeping).await.unwrap() {
            0 => Err("no call yet"),
            _ => Ok(()),
        }
    });
    let (cut, ()) = tokio::join!(call, terminate);
    assert_recognised(cut, "57P01", "DATABASE_UNAVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_provoked_here_is_unavailable_by_its_sqlstate() {
    let (_database, db) = russian().await;
    let mut conn = db.connection().await.unwrap();
    // crash_shutdown, cannot_connect_now, database_dropped, the two idle timeouts
    for code in ["57P02", "57P03", "57P04", "57P05", "25P03"] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'сбой' USING ERRCODE = '{code}'; END $$");
        let raised: Result<(), DatabaseError> = conn.batch_execute(&raise).await;
        assert_recognised(raised, code, "DATABASE_UNAVAILABLE");
    }
}
