//! The story's dark twin: what happens when it does not go as it should. One mesh, one day, many
//! troubles; every figure is checked where it arises.

use artel::contracts::Context::{Consumables, Onboarding, Orders};
use artel::failure::Error;
use artel::story::hire::{self, Company, Offer, Worker};
use artel::story::order::{self, Client};
use artel::story::settle::{self, Booked};
use artel::story::{Stage, expect, review, text};
use chrono::Duration;
use conventions::Role;
use serde_json::{Value, json};

use crate::bets::{Counter, sums};
use crate::mesh::Mesh;

/// The base price. No client has paid enough for a discount.
const PRICE: i64 = 10_000;
/// What a failed order costs its worker.
const FINE: i64 = -4_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_dark_twin_of_the_story_ends_right_too() {
    let mesh = Mesh::up().await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    let counter = Counter::new(mesh.program("svc-totalizator"), mesh.key());
    troubles(&stage, &counter)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    mesh.every_event_was_processed().await;
}

async fn troubles(stage: &Stage, counter: &Counter) -> Result<(), Error> {
    let company = hire::company(stage).await?;
    let anna = order::client(stage, "Anna", "tok_declined-once").await?;
    cancelled_before_anybody_was_assigned(stage, &company, &anna).await?;
    declined_candidate(stage, &company).await?;

    let boris = hire::hire(stage, &company, "Boris").await?;
    order::beneficiary(stage, &boris, "boris").await?;
    cancelled_after_assignment(stage, &company, &anna, &boris).await?;
    no_show_and_a_pool_that_nobody_won(stage, &company, &anna, &boris, counter).await?;
    failure(stage, &company, &anna, &boris).await?;
    late_cookie(stage, &company, &boris).await?;

    // 100.00 each for: cancelled after assignment, no-show, failed. The first order had no price.
    settle::reflected(stage, &anna, 3 * PRICE, 0).await?;
    a_failed_charge_is_retried(stage, &anna).await?;
    // Two fines and the pay of the order with the late cookie: 60.00 − 80.00 is carried over,
    // nothing is paid out.
    carried_over(stage, &boris, 6_000 + 2 * FINE).await?;
    settle::verified(stage).await
}

async fn cancelled_before_anybody_was_assigned(
    stage: &Stage,
    company: &Company,
    anna: &Client,
) -> Result<(), Error> {
    let slot = order::slot(Duration::hours(1), Duration::hours(2));
    let order_id = order::place(stage, anna, &company.service_type_id, &slot, PRICE).await?;
    stage
        .mailed_once(&anna.email, &["Order received", "Order waits for a worker"])
        .await?;
    cancel(stage, anna, &order_id).await?;
    stage.mailed_once(&anna.email, &["Order cancelled"]).await?;
    review::case_of(stage, &order_id, "CANCELLED").await?;
    // There was no price: nothing is due (B3).
    settle::reflected(stage, anna, 0, 0).await
}

async fn cancel(stage: &Stage, client: &Client, order_id: &str) -> Result<(), Error> {
    let caller = stage.caller(&[Role::Client], &client.id)?;
    let request = json!({ "orderId": order_id, "reason": "We are moving house." });
    let answer = caller.call(Orders, "CancelOrder", request).await?;
    expect(
        "the order",
        &text(&answer, "/order/state")?,
        &"ORDER_STATE_CANCELLED".to_owned(),
    )
}

async fn declined_candidate(stage: &Stage, company: &Company) -> Result<(), Error> {
    let (application_id, token) = hire::apply(stage, company, "Dora").await?;
    hire::take_tests(stage, "Dora", &token).await?;
    let manager = stage.caller(&[Role::Manager], &company.managers[0].id)?;
    let request = json!({ "applicationId": application_id, "reason": "Afraid of heights.", "message": "Not this time." });
    manager.call(Onboarding, "DeclineApplication", request).await?;
    stage
        .mailed_once(&stage.email("dora"), &["About your application"])
        .await?;
    // She isn't in the pool.
    let workers = stage.root()?.call(Orders, "ListWorkers", json!({})).await?;
    expect("the pool", &artel::story::list(&workers, "/workers").len(), &0)
}

async fn cancelled_after_assignment(
    stage: &Stage,
    company: &Company,
    anna: &Client,
    boris: &Worker,
) -> Result<(), Error> {
    let slot = order::slot(Duration::hours(10), Duration::hours(2));
    let order_id = order::place(stage, anna, &company.service_type_id, &slot, PRICE).await?;
    order::assigned(stage, &order_id, PRICE).await?;
    order::kit(stage, &order_id, |_| None).await?;
    cancel(stage, anna, &order_id).await?;
    // The client pays the price, the worker gets nothing (B3).
    settle::booked(
        stage,
        &order_id,
        anna,
        boris,
        Booked {
            client: PRICE,
            worker: 0,
        },
    )
    .await?;
    // The kit is cancelled, its materials are back (C2).
    order::kit(stage, &order_id, |kit| not(kit, "/state", "KIT_STATE_CANCELLED")).await?;
    let material = json!({ "code": company.material_code });
    let material = stage.root()?.call(Consumables, "GetMaterial", material).await?;
    expect(
        "the soap in stock",
        &material.pointer("/material/free").and_then(Value::as_i64),
        &Some(100),
    )?;
    stage.mailed_once(&boris.email, &["Job cancelled"]).await?;
    review::case_of(stage, &order_id, "CANCELLED").await?;
    Ok(())
}

async fn no_show_and_a_pool_that_nobody_won(
    stage: &Stage,
    company: &Company,
    anna: &Client,
    boris: &Worker,
    counter: &Counter,
) -> Result<(), Error> {
    let offer = Offer {
        name: "Punctual washing",
        base_price: PRICE,
        grace_period: "0s",
    };
    let (service_type_id, _) = hire::service_type(stage, &offer, &company.material_code).await?;
    let slot = order::slot(Duration::seconds(6), Duration::hours(1));
    let order_id = order::place(stage, anna, &service_type_id, &slot, PRICE).await?;
    order::assigned(stage, &order_id, PRICE).await?;
    let managers: Vec<&str> = company
        .managers
        .iter()
        .map(|manager| manager.id.as_str())
        .collect();
    counter.place(managers[0], &order_id, "completed", "10.00");
    counter.place(managers[1], &order_id, "cancelled", "20.01");

    let failed = order::in_state(stage, &order_id, "ORDER_STATE_FAILED").await?;
    expect(
        "how it failed",
        &text(&failed, "/order/failureKind")?,
        &"FAILURE_KIND_NO_SHOW".to_owned(),
    )?;
    settle::booked(
        stage,
        &order_id,
        anna,
        boris,
        Booked {
            client: PRICE,
            worker: FINE,
        },
    )
    .await?;
    review::case_of(stage, &order_id, "FAILED").await?;
    stage
        .mailed_once(&anna.email, &["Order failed: Punctual washing"])
        .await?;
    // No bet was right: the pool goes to the developers (T2).
    let settlement = counter.settlement(managers[0], &order_id);
    expect("the payouts", &sums(&settlement, "payout"), &vec![0, 0])?;
    expect(
        "the developers' part",
        &sums(&settlement, "developers"),
        &vec![3_001],
    )
}

async fn failure(stage: &Stage, company: &Company, anna: &Client, boris: &Worker) -> Result<(), Error> {
    let slot = order::slot(Duration::hours(20), Duration::hours(2));
    let order_id = order::place(stage, anna, &company.service_type_id, &slot, PRICE).await?;
    order::assigned(stage, &order_id, PRICE).await?;
    order::start(stage, &order_id, boris).await?;
    let caller = stage.caller(&[Role::Worker], &boris.id)?;
    caller
        .call(
            Orders,
            "ReportFailure",
            json!({ "orderId": order_id, "reason": "The ladder broke." }),
        )
        .await?;
    settle::booked(
        stage,
        &order_id,
        anna,
        boris,
        Booked {
            client: PRICE,
            worker: FINE,
        },
    )
    .await?;
    review::case_of(stage, &order_id, "FAILED").await?;
    stage
        .mailed_once(&anna.email, &["Order failed: Window washing"])
        .await
}

async fn late_cookie(stage: &Stage, company: &Company, boris: &Worker) -> Result<(), Error> {
    // The bakery delivers late to this name.
    let client = order::client(stage, "Latecia", "tok_visa").await?;
    let slot = order::slot(Duration::hours(30), Duration::hours(2));
    let order_id = order::place(stage, &client, &company.service_type_id, &slot, PRICE).await?;
    order::assigned(stage, &order_id, PRICE).await?;
    let kit = order::kit(stage, &order_id, |kit| {
        let late = kit.pointer("/cookie/late").and_then(Value::as_bool) == Some(true);
        (!late).then(|| kit.to_string())
    })
    .await?;
    let kit_id = text(&kit, "/kitId")?;
    let kira = stage.caller(&[Role::Consumables], &company.employee_id)?;
    kira.call(Consumables, "TakeKit", json!({ "kitId": kit_id }))
        .await?;
    kira.call(Consumables, "MarkKitReady", json!({ "kitId": kit_id }))
        .await?;
    // Without the cookie only with a reason (C3).
    let request = json!({ "kitId": kit_id, "workerId": boris.id });
    let refused = kira
        .call(Consumables, "IssueKit", request)
        .await
        .expect_err("there is no cookie");
    expect("the refusal", &refused.reason(), &"COOKIE_MISSING".to_owned())?;
    let request =
        json!({ "kitId": kit_id, "workerId": boris.id, "withoutCookieReason": "The bakery is late." });
    kira.call(Consumables, "IssueKit", request).await?;
    order::start(stage, &order_id, boris).await?;
    order::complete(stage, &order_id, boris).await?;
    settle::booked(
        stage,
        &order_id,
        &client,
        boris,
        Booked {
            client: PRICE,
            worker: 6_000,
        },
    )
    .await
}

async fn a_failed_charge_is_retried(stage: &Stage, anna: &Client) -> Result<(), Error> {
    settle::close(stage).await?;
    let invoice = settle::invoice(stage, &anna.id, 3 * PRICE, "PAID").await?;
    let attempts = settle::attempts(stage, &text(&invoice, "/invoiceId")?).await?;
    expect(
        "the attempts to charge",
        &attempts,
        &vec!["FAILED".to_owned(), "SUCCEEDED".to_owned()],
    )?;
    let number = text(&invoice, "/number")?;
    let letters = ["", ": the charge failed", " is paid"].map(|rest| format!("Invoice {number}{rest}"));
    stage.mailed_exactly(&anna.email, &letters).await?;
    settle::reflected(stage, anna, 0, 3 * PRICE).await
}

async fn carried_over(stage: &Stage, boris: &Worker, balance: i64) -> Result<(), Error> {
    let request = json!({ "ownerKind": "OWNER_KIND_WORKER", "ownerId": boris.id });
    let account = stage
        .root()?
        .call(artel::contracts::Context::Billing, "GetAccount", request)
        .await?;
    expect(
        "the worker's balance",
        &artel::story::minor(&account, "/account/balance")?,
        &balance,
    )?;
    let invoices = json!({ "ownerId": boris.id });
    let invoices = stage
        .root()?
        .call(artel::contracts::Context::Billing, "ListInvoices", invoices)
        .await?;
    expect(
        "the worker's invoices",
        &artel::story::list(&invoices, "/invoices").len(),
        &0,
    )
}

fn not(kit: &Value, path: &str, should: &str) -> Option<String> {
    let is = kit.pointer(path).and_then(Value::as_str).unwrap_or_default();
    (is != should).then(|| is.to_owned())
}
