//! Whether the audit sees anything: after a quiet run, in which there is nothing to find, one thing
//! after the other is bent, past all that services and databases hold, and each time the audit must
//! name the parts that are bent, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use artel::failure::Error;
use futures::future::try_join_all;
use serde_json::Value;
use test_support::Database;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::life::Fate;
use super::progress::Progress;
use super::scene::Scene;
use super::{Settings, calm};
use crate::mesh::{DEPARTMENT, Mesh};

/// What might go wrong, and who must see it.
struct Plant {
    what: &'static str,
    bend: Bend,
    seen_by: &'static [&'static str],
}

enum Bend {
    /// A statement in the database of a service.
    Rows(&'static str, &'static str),
    /// The first thing that a stand-in did is asked for once more, under another key.
    DoneAgain {
        stand_in: &'static str,
        path: &'static str,
    },
    /// A mailbox loses its mails.
    Mailbox(&'static str),
}

const PLANTS: &[Plant] = &[
    Plant {
        what: "an event is published twice, as if it were two",
        bend: Bend::Rows(
            "svc-orders",
            "INSERT INTO outbox (topic, key, ce_id, ce_type, ce_time, traceparent, payload)
             SELECT topic, key, gen_random_uuid(), ce_type, ce_time, traceparent, payload FROM published
             WHERE ce_type LIKE '%OrderFailed' LIMIT 1",
        ),
        seen_by: &["ledger", "mails"],
    },
    Plant {
        what: "a change of an order is lost",
        bend: Bend::Rows(
            "svc-orders",
            "DELETE FROM order_changes WHERE event = 'started'
             AND order_id = (SELECT id FROM orders WHERE state = 'completed' ORDER BY placed_at LIMIT 1)",
        ),
        seen_by: &["orders", "mails"],
    },
    Plant {
        what: "an order is placed twice",
        bend: Bend::Rows(
            "svc-orders",
            "INSERT INTO orders SELECT (jsonb_populate_record(placed, jsonb_build_object('id', gen_random_uuid()))).*
             FROM orders placed WHERE state = 'cancelled' LIMIT 1",
        ),
        seen_by: &["orders"],
    },
    Plant {
        what: "an answer is forgotten",
        bend: Bend::Rows(
            "svc-orders",
            "DELETE FROM requests WHERE request_id =
             (SELECT request_id FROM requests WHERE method LIKE '%CompleteWork' LIMIT 1)",
        ),
        seen_by: &["repeats"],
    },
    Plant {
        what: "a booking is lost",
        bend: Bend::Rows(
            "svc-billing",
            "WITH gone AS (DELETE FROM transactions WHERE id =
                 (SELECT transaction_id FROM postings WHERE reason = 'fine' LIMIT 1) RETURNING id)
             DELETE FROM postings USING gone WHERE transaction_id = gone.id",
        ),
        seen_by: &["ledger", "balances"],
    },
    Plant {
        what: "an order is booked twice",
        bend: Bend::Rows(
            "svc-billing",
            "WITH once AS (SELECT t.* FROM transactions t JOIN postings p ON p.transaction_id = t.id
                 WHERE order_id IS NOT NULL AND reason = 'order-completed' LIMIT 1),
             twice AS (INSERT INTO transactions (id, cause, order_id, note, actor_role, actor_id, occurred_at, booked_at)
                 SELECT gen_random_uuid(), 'planted', order_id, note, actor_role, actor_id, occurred_at, booked_at
                 FROM once RETURNING id)
             INSERT INTO postings (transaction_id, account_id, amount, currency, reason)
             SELECT twice.id, account_id, amount, currency, reason FROM twice, once
             JOIN postings ON transaction_id = once.id",
        ),
        seen_by: &["ledger", "balances"],
    },
    Plant {
        what: "a worker's screen shows another balance",
        bend: Bend::Rows(
            "svc-orders",
            "UPDATE balances SET balance_minor = balance_minor + 1
             WHERE owner_id = (SELECT id FROM workers LIMIT 1)",
        ),
        seen_by: &["balances"],
    },
    Plant {
        what: "a client is charged twice",
        bend: Bend::DoneAgain {
            stand_in: "card",
            path: "card/v1/charges",
        },
        seen_by: &["gateways"],
    },
    Plant {
        what: "a payout is forgotten",
        bend: Bend::Rows(
            "svc-billing",
            "DELETE FROM attempts WHERE id = (SELECT id FROM attempts WHERE kind = 'payout' AND status = 'succeeded' LIMIT 1)",
        ),
        seen_by: &["balances", "gateways", "mails"],
    },
    Plant {
        what: "a cookie is baked twice",
        bend: Bend::DoneAgain {
            stand_in: "bakery",
            path: "bakery/v1/cookies",
        },
        seen_by: &["kits"],
    },
    Plant {
        what: "a worker's screen shows another kit",
        bend: Bend::Rows(
            "svc-orders",
            "UPDATE kits SET state = 'ready' WHERE id = (SELECT id FROM kits WHERE state = 'issued' LIMIT 1)",
        ),
        seen_by: &["kits"],
    },
    Plant {
        what: "a delivery into stock is lost",
        bend: Bend::Rows(
            "svc-consumables",
            "DELETE FROM stock_movements WHERE id = (SELECT min(id) FROM stock_movements WHERE kind = 'receipt')",
        ),
        seen_by: &["stock"],
    },
    Plant {
        what: "stock is reserved for no kit",
        bend: Bend::Rows("svc-consumables", "UPDATE stock_balances SET reserved = reserved + 2"),
        seen_by: &["stock"],
    },
    Plant {
        what: "a bettor is paid more than is there",
        bend: Bend::Rows(
            "svc-totalizator",
            "UPDATE share SET payout = payout + 1 WHERE bet_id = (SELECT bet_id FROM share ORDER BY bet_id LIMIT 1)",
        ),
        seen_by: &["bets"],
    },
    Plant {
        what: "a bet is lost",
        bend: Bend::Rows(
            "svc-totalizator",
            "DELETE FROM share WHERE bet_id = (SELECT bet_id FROM share ORDER BY bet_id DESC LIMIT 1)",
        ),
        seen_by: &["bets"],
    },
    Plant {
        what: "a failed order has no quality case",
        bend: Bend::Rows(
            "svc-admin",
            "DELETE FROM cases WHERE case_id = (SELECT case_id FROM cases LIMIT 1)",
        ),
        seen_by: &["cases"],
    },
    Plant {
        what: "a mail is sent twice",
        bend: Bend::Rows(
            "svc-notify",
            "WITH once AS (SELECT n.*, email FROM notifications n JOIN deliveries ON notification_id = id
                 WHERE template = 'order-completed' LIMIT 1),
             twice AS (INSERT INTO notifications (id, event_id, event_type, template, secret, recipient_id, about_kind,
                     about_id, language, subject, body_text, body_html, created_at)
                 SELECT gen_random_uuid(), gen_random_uuid(), event_type, template, secret, recipient_id, about_kind,
                     about_id, language, subject, body_text, body_html, now() FROM once RETURNING id)
             INSERT INTO deliveries (notification_id, email, status, next_attempt_at)
             SELECT twice.id, email, 'pending', now() FROM once, twice",
        ),
        seen_by: &["mails"],
    },
    Plant {
        what: "mails that were taken never arrive",
        bend: Bend::Mailbox(DEPARTMENT),
        seen_by: &["mails"],
    },
    Plant {
        what: "an event is kept aside",
        bend: Bend::Rows(
            "svc-admin",
            "INSERT INTO parked (consumer, topic, partition, \"offset\", key, headers, payload, event_id, ce_type, state, reason)
             VALUES ('admin', 'artel.orders.order.v1', 0, 0, 'a', '{}', '', gen_random_uuid(), 'a', 'parked', 'planted')",
        ),
        seen_by: &["events"],
    },
];

/// One order of each kind that plants need, the same in each run of this test.
const FATES: [Fate; 7] = [
    Fate::Completed,
    Fate::Completed,
    Fate::Completed,
    Fate::Reported,
    Fate::Reported,
    Fate::CancelledAtOnce,
    Fate::CancelledOnceAssigned,
];

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_of_chaos_names_whatever_is_bent() {
    let mesh = Arc::new(Mesh::up().await);
    play(&mesh).await.unwrap_or_else(|error| panic!("{error}"));
}

async fn play(mesh: &Arc<Mesh>) -> Result<(), Error> {
    keep_what_is_published(mesh).await;
    let scene = Scene::set(mesh, Progress::start(0)).await?;
    let settings = Settings { seed: 1, kills: 0 };
    let lives = FATES.into_iter().enumerate().map(|(number, fate)| {
        let mut lane = scene.lane(settings.chance(&format!("life {number}")));
        async move { lane.live(number, fate).await }
    });
    try_join_all(lives).await?;
    scene.comes_to_rest().await?;
    let mut known: BTreeSet<String> = scene.audit().await?.deviations().into_iter().collect();
    assert!(known.is_empty(), "nothing is bent, and yet: {known:#?}");

    for plant in PLANTS {
        plant.bend.bend(mesh).await;
        calm::settled(mesh, &scene.desk.stage).await;
        let found = scene.audit().await?;
        let seen_by: BTreeSet<&str> = found
            .parts()
            .iter()
            .filter(|part| part.deviations.iter().any(|line| !known.contains(line)))
            .map(|part| part.name)
            .collect();
        println!("{}: seen by {seen_by:?}", plant.what);
        assert_eq!(
            seen_by,
            plant.seen_by.iter().copied().collect(),
            "{}\n{}",
            plant.what,
            found.deviations().join("\n")
        );
        known = found.deviations().into_iter().collect();
    }
    Ok(())
}

/// Published events leave the outbox; one of them is wanted later.
async fn keep_what_is_published(mesh: &Mesh) {
    let sql = "CREATE TABLE published (LIKE outbox);
         CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             'BEGIN INSERT INTO published SELECT NEW.*; RETURN NULL; END';
         CREATE TRIGGER keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep()";
    database(mesh, "svc-orders")
        .await
        .batch_execute(sql)
        .await
        .expect("a trigger");
}

impl Bend {
    async fn bend(&self, mesh: &Mesh) {
        match *self {
            Self::Rows(service, sql) => {
                let rows = database(mesh, service).await.execute(sql, &[]).await;
                let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
                assert!(rows > 0, "there is nothing to bend: {sql}");
            }
            Self::DoneAgain { stand_in, path } => {
                let calls = mesh.outside_calls(stand_in, "POST").await;
                let done = calls.iter().find(|call| call["status"] == 201);
                let body: &Value = &done.expect("it did something")["body"];
                let asked = reqwest::Client::new()
                    .post(format!("{}/{path}", mesh.outside_url()))
                    .header("idempotency-key", Uuid::new_v4().to_string())
                    .json(body);
                let answer = asked.send().await.expect("the stand-in answers");
                assert_eq!(answer.status(), 201);
            }
            Self::Mailbox(of) => {
                let url = format!("{}/mailbox?to={of}", mesh.outside_url());
                let answer = reqwest::Client::new().delete(url).send().await;
                assert!(answer.expect("the mailbox answers").status().is_success());
            }
        }
    }
}

/// A session in which triggers and foreign keys are asleep.
async fn database(mesh: &Mesh, service: &str) -> tokio_postgres::Client {
    let (_, database) = mesh
        .databases()
        .find(|(name, _)| *name == service)
        .expect("every service has a database");
    let (client, connection) = tokio_postgres::connect(&administrators(database), NoTls)
        .await
        .expect("the database is there");
    tokio::spawn(connection);
    client
        .batch_execute("SET session_replication_role = replica")
        .await
        .expect("an administrator may");
    client
}

/// The database's address for the server's administrator, who may put triggers to sleep.
fn administrators(database: &Database) -> String {
    let server = std::env::var("ARTEL_TEST_POSTGRES").expect("the tests' PostgreSQL is named");
    let (server, _) = server.rsplit_once('/').expect("an address ends with a database");
    let (_, name) = database
        .url()
        .rsplit_once('/')
        .expect("an address ends with a database");
    format!("{server}/{name}")
}
