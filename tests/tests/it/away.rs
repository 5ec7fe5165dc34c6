//! PostgreSQL and Kafka away, killed or frozen, while orders keep coming: Artel takes what it can,
//! refuses the rest quickly, says so, and goes on by itself. Nothing is lost, nothing happens
//! twice.

use std::time::{Duration, Instant};

use artel::contracts::Context;
use artel::story::Stage;
use serde_json::json;
use test_support::eventually;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::clients::{Call, Clients, Wish};
use crate::infrastructure::{Infrastructure, Server};
use crate::mesh::{Mesh, Plan};

/// How many order at the same time.
const CLIENTS: usize = 4;
/// How long each outage lasts once it is known, where `ARTEL_TEST_AWAY` doesn't say otherwise (in
/// seconds): longer than a member of a consumer group may be silent, so that every consumer has
/// lost its partitions.
const AWAY: Duration = Duration::from_secs(11);
/// By when a metric tells what is.
const MEASURED: Duration = Duration::from_mins(2);

/// Small, so that few orders fill them.
const SETTINGS: [(&str, &str); 3] = [
    ("ARTEL_KAFKA_BATCH", "10"),
    ("ARTEL_KAFKA_PREFETCH", "64"),
    ("ARTEL_DATABASE_POOL_SIZE", "4"),
];

#[derive(Debug, Clone, Copy)]
enum Way {
    Killed,
    Frozen,
}

/// A server is away, until this is dropped: databases of a failed test can only be dropped by a
/// server that answers.
struct Outage<'a> {
    own: &'a Infrastructure,
    server: Server,
    way: Way,
}

impl<'a> Outage<'a> {
    fn begin(own: &'a Infrastructure, server: Server, way: Way) -> Self {
        tokio::task::block_in_place(|| match way {
            Way::Killed => own.kill(server),
            Way::Frozen => own.freeze(server),
        });
        Self { own, server, way }
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        tokio::task::block_in_place(|| match self.way {
            Way::Killed => self.own.start(self.server),
            Way::Frozen => self.own.thaw(self.server),
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g2_database_and_broker_may_be_away_or_frozen_while_orders_come() {
    let own = Infrastructure::up("away");
    let settings = SETTINGS.map(|(name, value)| (name, value.to_owned()));
    let mesh = Mesh::up_as(Plan {
        own: Some(&own),
        settings: &settings,
        older: None,
    })
    .await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    let wish = Wish::new(&stage).await.unwrap_or_else(|error| panic!("{error}"));
    let clients = Clients::begin(CLIENTS, &mesh, || mesh.connections(), wish);

    for (server, way) in [
        (Server::Kafka, Way::Killed),
        (Server::Postgres, Way::Frozen),
        (Server::Kafka, Way::Frozen),
        (Server::Postgres, Way::Killed),
    ] {
        let began = Instant::now();
        let outage = Outage::begin(&own, server, way);
        said_by_all(&mesh, server, false).await;
        println!(
            "{server} {way:?}: all services say so after {:?}",
            began.elapsed()
        );
        let calls = calls_meanwhile(&clients, &mesh, &stage, server).await;
        drop(outage);
        let ended = Instant::now();
        match server {
            Server::Postgres => all_refused(&calls),
            Server::Kafka => all_accepted(&calls),
        }
        said_by_all(&mesh, server, true).await;
        clients.accepted(1).await;
        println!(
            "{server} {way:?}: {} calls while it was away, half of them within {:?}; all is well {:?} after",
            calls.len(),
            median(&calls),
            ended.elapsed()
        );
    }

    for call in clients.end(&mesh, &stage).await {
        if let Some(refused) = &call.refused {
            assert_eq!(refused.code(), Code::Unavailable, "{call:?}");
            let hint = refused.get_details_retry_info();
            assert!(hint.is_some(), "a hint when to try again: {call:?}");
        }
    }
    mesh.every_event_was_processed().await;
    for program in mesh.programs() {
        program.never_panicked();
    }
}

/// Waits until every service's health and metrics say that the server is there, or isn't; without
/// its database none serves.
async fn said_by_all(mesh: &Mesh, server: Server, there: bool) {
    for program in mesh.programs() {
        program.says(&server.to_string(), there).await;
        program.says("", there || server == Server::Kafka).await;
    }
}

/// Calls made while the server is away, for longer than every timeout that waits for it.
async fn calls_meanwhile(clients: &Clients, mesh: &Mesh, stage: &Stage, server: Server) -> Vec<Call> {
    let known = Instant::now();
    // Being away for a while is what is tested here, not what is waited for.
    tokio::time::sleep(away_for()).await;
    if server == Server::Kafka {
        events_pile_up(mesh, stage).await;
    }
    let calls = clients.calls_since(known);
    assert!(!calls.is_empty(), "clients call");
    calls
}

fn away_for() -> Duration {
    let asked = std::env::var("ARTEL_TEST_AWAY").ok();
    asked.map_or(AWAY, |seconds| {
        Duration::from_secs(seconds.parse().expect("ARTEL_TEST_AWAY is a number of seconds"))
    })
}

/// By the services themselves, and not by the callers' deadlines.
fn all_refused(calls: &[Call]) {
    for call in calls {
        let refused = call.refused.as_ref().map(tonic::Status::code);
        assert_eq!(refused, Some(Code::Unavailable), "{call:?}");
    }
}

/// Half of the calls took no longer: how quick refusals and answers are is said, not judged, since
/// a machine with too much to do lets any of them wait.
fn median(calls: &[Call]) -> Duration {
    let mut took: Vec<Duration> = calls.iter().map(|call| call.took).collect();
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

fn all_accepted(calls: &[Call]) {
    for call in calls {
        assert!(call.refused.is_none(), "{call:?}");
    }
}

/// Orders accepted while the broker is away stay in the outbox and can be read.
async fn events_pile_up(mesh: &Mesh, stage: &Stage) {
    let asked = stage.root().expect("a token can be signed");
    let status = asked.call(Context::Orders, "GetStatus", json!({})).await;
    let status = status.unwrap_or_else(|error| panic!("{error}"));
    assert!(status["outboxDepth"].as_i64().unwrap() > 0, "{status}");
    assert_ne!(status["lagError"], "", "{status}");
    let orders = mesh.program("svc-orders");
    eventually(MEASURED, async || {
        match orders.metric("artel_outbox_depth", &[]).await {
            Some(depth) if depth > 0.0 => Ok(()),
            other => Err(format!("artel_outbox_depth is {other:?}")),
        }
    })
    .await;
}
