//! Jobs, locks, the supervisor, migrations.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use service_host::{Clock, Host, Supervisor, migrations, supervisor};
use test_support::eventually;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::support::{BOUND, fresh_database, handle_to};

const NEVER: Duration = Duration::from_hours(1);

fn host(database: &test_support::Database) -> Host {
    Host {
        db: handle_to(database),
        clock: Clock::system(),
        shutdown: CancellationToken::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_at_once_and_again_when_it_is_woken() {
    let database = fresh_database().await;
    let host = host(&database);
    let runs = Arc::new(AtomicUsize::new(0));
    let wake = Arc::new(Notify::new());
    let mut tasks = Supervisor::new(host.shutdown.clone());
    let (counted, reading) = (Arc::clone(&runs), host.db.clone());
    let job = host
        .every("count", NEVER)
        .woken_by(Arc::clone(&wake))
        .run(async move |_| {
            // As services write it: the closure owns a handle, and every run borrows it.
            reading.connection().await.map(drop)?;
            counted.fetch_add(1, Ordering::SeqCst);
            Ok::<_, diesel::result::Error>(())
        });
    tasks.spawn(job.name, job.future);
    let supervised = tokio::spawn(tasks.run(BOUND));
    let reached = async |wanted: usize| {
        eventually(BOUND, async || {
            let runs = AtomicUsize::load(&runs, Ordering::SeqCst);
            if runs == wanted {
                Ok(())
            } else {
                Err(format!("{runs} runs instead of {wanted}"))
            }
        })
        .await;
    };
    reached(1).await;
    wake.notify_one();
    reached(2).await;
    host.shutdown.cancel();
    supervised.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_or_panics_runs_again() {
    let database = fresh_database().await;
    let host = host(&database);
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let job = host.every("fails", Duration::from_millis(5)).run(async move |_| {
        let run = counted.fetch_add(1, Ordering::SeqCst);
        assert!(run != 0, "the first run panics");
        Err::<(), _>(std::io::Error::other("and all others fail"))
    });
    let job = tokio::spawn(job.future);
    eventually(BOUND, async || {
        let runs = AtomicUsize::load(&runs, Ordering::SeqCst);
        if runs >= 4 {
            Ok(())
        } else {
            Err(format!("{runs} runs"))
        }
    })
    .await;
    host.shutdown.cancel();
    job.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_soon_after_a_commit() {
    let database = fresh_database().await;
    let host = host(&database);
    let (ran, mut runs) = mpsc::unbounded_channel();
    let job = host
        .every("commits", NEVER)
        .woken_by_commits()
        .run(async move |_| ran.send(()));
    let job = tokio::spawn(job.future);
    let mut next = async || tokio::time::timeout(BOUND, runs.recv()).await.unwrap().unwrap();
    next().await;
    host.db
        .transaction(async |_: &mut AsyncPgConnection| Ok::<_, diesel::result::Error>(()))
        .await
        .unwrap();
    next().await;
    host.shutdown.cancel();
    job.await.unwrap();
}

#[tokio::test]
async fn a_run_that_does_not_end_is_cut_off_after_the_shutdown_and_another_replica_goes_on() {
    let database = fresh_database().await;
    let (one, other) = (host(&database), handle_to(&database));
    let begun = Arc::new(Notify::new());
    let begins = Arc::clone(&begun);
    let job = one.every("endless", NEVER).run(async move |_| {
        begins.notify_one();
        std::future::pending::<Result<(), Infallible>>().await
    });
    let job = tokio::spawn(job.future);
    begun.notified().await;
    assert!(other.exclusive("job/endless").await.unwrap().is_none());
    one.shutdown.cancel();
    tokio::task::yield_now().await;
    assert!(!job.is_finished(), "a run may finish");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(28)).await;
    tokio::time::resume();
    let ended = tokio::time::timeout(BOUND, job).await;
    ended.expect("it is cut off").unwrap();
    eventually(BOUND, async || match other.exclusive("job/endless").await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("the lock is still held".to_owned()),
        Err(error) => Err(error.to_string()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_on_one_replica_until_that_one_ends() {
    let database = fresh_database().await;
    let (one, other) = (host(&database), host(&database));
    let running = Arc::new(AtomicUsize::new(0));
    let (first, second) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let start = |host: &Host, runs: &Arc<AtomicUsize>| {
        let (runs, running) = (Arc::clone(runs), Arc::clone(&running));
        let job = host.every("alone", Duration::from_millis(5)).run(async move |_| {
            assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "two replicas at once");
            tokio::task::yield_now().await;
            runs.fetch_add(1, Ordering::SeqCst);
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Infallible>(())
        });
        tokio::spawn(job.future)
    };
    let at_least = async |runs: &AtomicUsize, wanted| {
        eventually(BOUND, async || {
            let runs = AtomicUsize::load(runs, Ordering::SeqCst);
            if runs >= wanted {
                Ok(())
            } else {
                Err(format!("{runs} runs"))
            }
        })
        .await;
    };
    let first_job = start(&one, &first);
    at_least(&first, 3).await;
    let second_job = start(&other, &second);
    let so_far = AtomicUsize::load(&first, Ordering::SeqCst);
    at_least(&first, so_far + 10).await;
    assert_eq!(
        AtomicUsize::load(&second, Ordering::SeqCst),
        0,
        "the second replica waits"
    );
    one.shutdown.cancel();
    first_job.await.unwrap();
    at_least(&second, 3).await;
    other.shutdown.cancel();
    second_job.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_held_by_one_and_free_after_its_connection_was_lost() {
    let database = fresh_database().await;
    let (one, other) = (handle_to(&database), handle_to(&database));
    let lock = one.exclusive("relay").await.unwrap().unwrap();
    assert!(
        one.exclusive("relay").await.unwrap().is_none(),
        "not twice in one process"
    );
    assert!(
        other.exclusive("relay").await.unwrap().is_none(),
        "nor in another"
    );
    assert!(lock.held().await);

    let mut conn = database.connection().await;
    crate::support::count(
        &mut conn,
        "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_locks WHERE locktype = 'advisory' AND database = \
         (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .await
    .unwrap();
    eventually(BOUND, async || {
        if lock.held().await {
            Err("still believed to be held")
        } else {
            Ok(())
        }
    })
    .await;
    let taken = eventually(BOUND, async || {
        other
            .exclusive("relay")
            .await
            .unwrap()
            .ok_or("not free for others")
    })
    .await;
    // Letting go of what was lost must not release what the other one holds.
    lock.release().await;
    assert!(one.exclusive("relay").await.unwrap().is_none());
    taken.release().await;
    assert!(one.exclusive("relay").await.unwrap().is_some());
}

#[tokio::test]
async fn a_task_that_ends_early_ends_the_others_and_is_the_error() {
    let shutdown = CancellationToken::new();
    let mut tasks = Supervisor::new(shutdown.clone());
    tasks.spawn("patient", shutdown.clone().cancelled_owned());
    tasks.spawn("hasty", async { Err::<(), _>("no more") });
    let error = tasks.run(BOUND).await.unwrap_err();
    assert!(
        matches!(error, supervisor::Error::Failed { task: "hasty", .. }),
        "{error}"
    );
    assert!(shutdown.is_cancelled());
}

#[tokio::test]
async fn a_task_that_panics_or_simply_returns_ends_the_process() {
    let mut tasks = Supervisor::new(CancellationToken::new());
    tasks.spawn("clumsy", async { assert!(std::hint::black_box(false), "oh") });
    let error = tasks.run(BOUND).await.unwrap_err();
    assert_eq!(error.to_string(), "clumsy panicked: oh");

    let mut tasks = Supervisor::new(CancellationToken::new());
    tasks.spawn("idle", async {});
    assert!(matches!(
        tasks.run(BOUND).await.unwrap_err(),
        supervisor::Error::Ended("idle")
    ));
}

#[tokio::test]
async fn a_task_that_does_not_end_after_the_shutdown_is_named() {
    let shutdown = CancellationToken::new();
    let mut tasks = Supervisor::new(shutdown.clone());
    tasks.spawn("stubborn", std::future::pending::<()>());
    tasks.spawn("good", shutdown.clone().cancelled_owned());
    shutdown.cancel();
    let error = tasks.run(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "tasks did not end in time after the shutdown: stubborn"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_safe_to_run_twice_and_side_by_side() {
    let database = test_support::Database::fresh(&[]).await;
    let sets = &[service_host::MIGRATIONS];
    let url = database.url().to_owned();
    let other = tokio::spawn(async move { migrations::run(&url, &[service_host::MIGRATIONS]).await });
    migrations::run(database.url(), sets).await.unwrap();
    other.await.unwrap().unwrap();
    migrations::run(database.url(), sets).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_migrations_of_one_version_are_refused() {
    let database = test_support::Database::fresh(&[]).await;
    let error = migrations::run(
        database.url(),
        &[service_host::MIGRATIONS, service_host::MIGRATIONS],
    )
    .await;
    assert!(matches!(error, Err(migrations::Error::Failed(_))));
}
