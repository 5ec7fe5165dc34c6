//! A database, or a process, that is frozen: it takes what is sent and says nothing.

use std::time::{Duration, Instant};

use service_host::Database;
use test_support::{Door, Tokens, authorised, eventually, reason_of};
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::contract::PUT;
use crate::server::health_becomes;
use crate::support::{BOUND, Config, Host, effects, fresh_database, message};

/// Shorter than a deployment's, so that the test is quick.
const SILENCE: &str = "--database-probe-timeout=1s";
/// By when a call is refused: the silence, the second until the next question, and as much again
/// for a slow machine.
const REFUSED: Duration = Duration::from_secs(4);

/// A door before the database, and the URL that leads through it.
async fn door_to(database: &test_support::Database) -> (Door, String) {
    let (login, place) = database.url().rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let door = Door::before(server).await;
    let url = format!("{login}@{}/{name}", door.address());
    (door, url)
}

fn assert_refused_for_now(status: &Status) {
    assert_eq!(
        (status.code(), reason_of(status).as_str()),
        (Code::Unavailable, "DATABASE_UNAVAILABLE"),
        "{status}"
    );
    let hint = status.get_details_retry_info().expect("a hint when to try again");
    assert!(hint.retry_delay.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_counts_as_away_and_is_there_again_once_it_is_thawed() {
    let database = fresh_database().await;
    let (door, url) = door_to(&database).await;
    let host = Host::start_with(&url, &[SILENCE, "--database-pool-size=4"]).await;
    let me = Uuid::new_v4();
    let token = host.tokens.client(me);
    host.put(me, "before").await.unwrap();

    door.freeze();
    let began = Instant::now();
    // More than the pool has connections: some wait for the server, others for a connection.
    let requests: Vec<_> = (0..16)
        .map(|number| message(me, &format!("call {number}")))
        .collect();
    let calls = requests
        .iter()
        .map(|request| host.call(PUT, authorised(request.clone(), &token)));
    for answer in futures::future::join_all(calls).await {
        assert_refused_for_now(&answer.unwrap_err());
    }
    assert!(began.elapsed() < REFUSED, "{:?}", began.elapsed());
    let began = Instant::now();
    assert_refused_for_now(&host.put(me, "while away").await.unwrap_err());
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "known to be away: refused at once"
    );
    health_becomes(&host, "postgres", ServingStatus::NotServing).await;
    health_becomes(&host, "", ServingStatus::NotServing).await;

    door.thaw();
    health_becomes(&host, "", ServingStatus::Serving).await;
    // What the frozen server had received may be done or not: repeating makes it done once.
    for request in requests {
        host.call(PUT, authorised(request, &token)).await.unwrap();
    }
    assert_eq!(effects(&mut database.connection().await).await.unwrap(), 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_locks_of_a_process_that_is_frozen_go_to_another() {
    let database = fresh_database().await;
    let (door, url) = door_to(&database).await;
    let handle = |url: &str| Database::new(&Config::new(url, &Tokens::new(), &[SILENCE]).database).unwrap();
    let (frozen, other) = (handle(&url), handle(database.url()));
    let lock = frozen.exclusive("leader").await.unwrap().unwrap();
    assert!(other.exclusive("leader").await.unwrap().is_none());

    // For the server it is the same whether the process or the way to it is frozen: nothing comes
    // any more.
    door.freeze();
    let taken = eventually(BOUND, async || {
        let lock = other.exclusive("leader").await.unwrap();
        lock.ok_or("still held by a process that says nothing")
    })
    .await;
    door.thaw();
    assert!(
        !lock.held().await,
        "whoever was frozen knows that it leads no more"
    );
    eventually(BOUND, async || match frozen.exclusive("leader").await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err("got what another holds".to_owned()),
        Err(error) => Err(error.to_string()),
    })
    .await;
    taken.release().await;
}
