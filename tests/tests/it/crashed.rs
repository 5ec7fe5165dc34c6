//! G3: the service dies in the middle of a command, and after it was committed but before its
//! caller was told; the caller asks again.

use std::sync::Arc;

use artel::call::Caller;
use artel::contracts::Context::{self, Admin, Billing, Consumables, Orders};
use artel::story::{Ending, Stage, order, text};
use chrono::Duration;
use conventions::Role;
use serde_json::{Value, json};
use test_support::eventually;
use uuid::Uuid;

use crate::bets::{Counter, sums};
use crate::mesh::Mesh;
use crate::tables;

/// How long the hidden service may take to hear of an order.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A command of which the service dies.
struct Last {
    service: &'static str,
    /// The last moment before its commit at which that happens.
    before: &'static str,
    /// The table that holds one row more by it.
    effect: &'static str,
    context: Context,
    method: &'static str,
    caller: Caller,
    request: Value,
}

/// One command of each kind of service, on the mesh that the story has left behind.
pub async fn commands_are_done_once(mesh: &Mesh, stage: &Stage, ending: &Ending) {
    let command = |service, before, effect, context, method, roles: &[Role], subject: &str, request| Last {
        service,
        before,
        effect,
        context,
        method,
        caller: stage.caller(roles, subject).expect("a token can be signed"),
        request,
    };
    let root = stage.script.root.to_string();
    let manager = [Role::Manager, Role::Root];
    let offer = json!({
        "name": "Mending", "description": "Anything.", "basePrice": stage.money(500),
        "duration": "3600s", "gracePeriod": "600s",
    });
    let material = json!({ "code": "glue", "name": "Glue", "unit": "tube", "lowLevel": 1 });
    let credit =
        json!({ "workerId": ending.worker.id, "amount": stage.money(700), "reason": "For the cold." });
    for last in [
        command(
            "svc-admin",
            "outbox::written",
            "entries",
            Admin,
            "CreateServiceType",
            &manager,
            &root,
            json!({ "serviceType": offer }),
        ),
        command(
            "svc-consumables",
            "request::answered",
            "materials",
            Consumables,
            "CreateMaterial",
            &manager,
            &root,
            material,
        ),
        command(
            "svc-billing",
            "request::answered",
            "transactions",
            Billing,
            "CreditWorker",
            &manager,
            &root,
            credit,
        ),
        command(
            "svc-orders",
            "outbox::written",
            "orders",
            Orders,
            "PlaceOrder",
            &[Role::Client],
            &ending.client.id,
            wish(ending, Duration::days(5)),
        ),
    ] {
        dies_of(mesh, last).await;
    }
    a_bet_is_placed_once(mesh, stage, ending).await;
}

/// The hidden service's only command, through its own client (T5).
async fn a_bet_is_placed_once(mesh: &Mesh, stage: &Stage, ending: &Ending) {
    let client = stage.caller(&[Role::Client], &ending.client.id);
    let client = client.expect("a token can be signed");
    let placed = client.call(Orders, "PlaceOrder", wish(ending, Duration::days(6)));
    let placed = placed.await.unwrap_or_else(|error| panic!("{error}"));
    let order_id = text(&placed, "/order/orderId").expect("an order");
    let program = mesh.program("svc-totalizator");
    let counter = Counter::new(Arc::clone(&program), mesh.key());
    let (manager, request_id) = (&ending.company.managers[0].id, Uuid::new_v4().to_string());
    let known = async || counter.try_bet(manager, &["pool", "--order", &order_id]);
    eventually(PATIENCE, known).await;

    program.kill();
    program.start_to_die_at("request::committed=return");
    program.serves().await;
    let place = |stake: &str| {
        let bet = [
            "place",
            "--order",
            &order_id,
            "--condition",
            "failed",
            "--stake",
            stake,
        ];
        let bet = [&bet[..], &["--request-id", &request_id]].concat();
        counter.try_bet(manager, &bet)
    };
    // Told or not: it may die while the answer is on its way.
    let told = place("10.00").ok();
    program.dies().await;
    program.start();
    program.serves().await;
    let again = place("10.00").expect("it was placed");
    assert!(told.is_none_or(|told| told == again), "{again}");
    let refused = place("20.00").expect_err("other contents are taken");
    assert!(refused.contains("REQUEST_ID_REUSED"), "{refused}");
    let pool = known().await.expect("there is a pool");
    assert_eq!(sums(&pool, "staked").iter().max(), Some(&1_000), "{pool}");
}

fn wish(ending: &Ending, begins_in: Duration) -> Value {
    json!({
        "clientId": ending.client.id, "serviceTypeId": ending.company.service_type_id,
        "slot": order::slot(begins_in, Duration::hours(2)),
        "description": "Doors.", "place": "Lesnaya 5", "contact": "Anna",
    })
}

/// The service dies of the command before its commit, and then nothing was done; it dies of it
/// right after the commit, when it is asked again; and asked a third time, it gives the answer and
/// does nothing more.
async fn dies_of(mesh: &Mesh, last: Last) {
    let program = mesh.program(last.service);
    let effect = format!("{}.{}", last.service, last.effect);
    let rows = async || {
        let tables = tables::look(mesh).await;
        let found = tables.get(&effect);
        found.unwrap_or_else(|| panic!("there is no {effect}")).0
    };
    let before = rows().await;
    let mut request = last.request;
    request["requestId"] = json!(Uuid::new_v4().to_string());
    let hasty = last.caller.clone().patient(std::time::Duration::ZERO);
    let mut told = None;
    for (moment, done) in [(last.before, 0), ("request::committed", 1)] {
        program.kill();
        program.start_to_die_at(&format!("{moment}=return"));
        program.serves().await;
        // Told or not: it may die while the answer is on its way.
        told = hasty.call(last.context, last.method, request.clone()).await.ok();
        program.dies().await;
        assert!(
            done == 1 || told.is_none(),
            "{} is answered, and not done",
            last.method
        );
        assert_eq!(rows().await, before + done, "{} at {moment}", last.method);
        program.start();
        program.serves().await;
    }
    let again = last.caller.call(last.context, last.method, request.clone()).await;
    let again = again.unwrap_or_else(|error| panic!("{} again: {error}", last.method));
    assert!(
        told.is_none_or(|told| told == again),
        "{} is answered otherwise",
        last.method
    );
    assert_eq!(rows().await, before + 1, "{} was done already", last.method);
}
