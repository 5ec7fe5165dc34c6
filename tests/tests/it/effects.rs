//! What leaves the mesh, leaves it once: a process is killed right before and right after each call
//! to the outside world, and comes back. The stand-ins tell what they saw.

use std::collections::BTreeMap;

use artel::contracts::Context::Billing;
use artel::failure::Error;
use artel::story::{Stage, hire, order, settle, text};
use chrono::Duration;
use serde_json::{Value, json};

use crate::mesh::Mesh;

/// 100.00: no client has paid before.
const PRICE: i64 = 10_000;
/// 60 % of it.
const PAY: i64 = 6_000;

#[tokio::test(flavor = "multi_thread")]
async fn c3_b7_n2_cookie_charge_payout_and_mail_happen_once_wherever_their_service_is_killed() {
    let mesh = Mesh::up().await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    play(&mesh, &stage)
        .await
        .unwrap_or_else(|error| panic!("{error}"));

    for stand_in in ["bakery", "card", "golden-hat"] {
        asked_again_and_done_once(stand_in, &mesh.outside_calls(stand_in, "POST").await);
    }
    every_mail_is_shown_once(&mesh).await;
    mesh.every_event_was_processed().await;
}

async fn play(mesh: &Mesh, stage: &Stage) -> Result<(), Error> {
    let company = hire::company(stage).await?;
    let boris = hire::hire(stage, &company, "Boris").await?;
    order::beneficiary(stage, &boris, "boris").await?;
    let anna = order::client(stage, "Anna", "tok_visa").await?;

    let kitchen = ["cookie::due=return", "cookie::answered=return"];
    let deaths_at_the_bakery = deaths(mesh, "svc-consumables", &kitchen);
    let post = ["mail::claimed=return", "mail::accepted=return"];
    let deaths_at_the_mail_server = deaths(mesh, "svc-notify", &post);
    let slot = order::slot(Duration::hours(1), Duration::hours(2));
    let placed = order::place(stage, &anna, &company.service_type_id, &slot, PRICE);
    let (order_id, (), ()) = tokio::join!(placed, deaths_at_the_bakery, deaths_at_the_mail_server);
    let order_id = order_id?;
    let worker = order::assigned(stage, &order_id, PRICE).await?;
    order::pack(stage, &company, &order_id, &worker).await?;
    order::start(stage, &order_id, &worker).await?;
    order::complete(stage, &order_id, &worker).await?;
    settle::reflected(stage, &anna, PRICE, 0).await?;

    // One after the other: a process that is to die over the charge must not have asked for the
    // payout already.
    let till = ["charge::begun=return", "charge::answered=return"];
    let closing = close(stage, "OWNER_KIND_CLIENT");
    let (closed, ()) = tokio::join!(closing, deaths(mesh, "svc-billing", &till));
    closed?;
    let pay_office = [
        "payout::begun=return",
        "payout::answered=return",
        // The first answer accepts the payout, the second says that it is paid.
        "payout::answered=1*off->return",
    ];
    let closing = close(stage, "OWNER_KIND_WORKER");
    let (closed, ()) = tokio::join!(closing, deaths(mesh, "svc-billing", &pay_office));
    closed?;
    settle::paid(stage, &anna, PRICE, &worker, PAY).await?;
    settle::reflected(stage, &anna, 0, PRICE).await?;
    settle::verified(stage).await?;

    let invoice = settle::invoice(stage, &anna.id, PRICE, "PAID").await?;
    let paid = format!("Invoice {} is paid", text(&invoice, "/number")?);
    stage.mailed_once(&anna.email, &[&paid]).await
}

/// Closes the period up to now, of these owners alone.
async fn close(stage: &Stage, owners: &str) -> Result<(), Error> {
    let request = json!({ "ownerKind": owners });
    stage.root()?.call(Billing, "ClosePeriods", request).await?;
    Ok(())
}

/// Has the program start anew for every one of these fail points, be killed there, and in the end
/// stay.
async fn deaths(mesh: &Mesh, name: &str, points: &[&str]) {
    let program = mesh.program(name);
    program.kill();
    for point in points {
        program.start_to_die_at(point);
        program.dies().await;
        println!("{name} was killed at {point}");
    }
    program.start();
    program.serves().await;
}

/// The first answer was lost, so the same was asked for again under the same key, and nothing was
/// done again.
fn asked_again_and_done_once(stand_in: &str, calls: &[Value]) {
    let (first, again) = calls.split_first().expect("it was called");
    assert!(!again.is_empty(), "{stand_in} was asked once: {first}");
    assert_eq!(first["replayed"], false, "{stand_in}: {first}");
    for call in again {
        assert_eq!(call["replayed"], true, "{stand_in}: {call}");
        for same in ["idempotency_key", "body"] {
            assert_eq!(call[same], first[same], "{stand_in}: {call}");
        }
    }
}

/// N2, as far as SMTP goes: no subject is shown twice in a mailbox, and a mail that came twice,
/// since the note that it was taken was lost, came with the same Message-ID, by which the mailbox
/// shows it once.
async fn every_mail_is_shown_once(mesh: &Mesh) {
    let mails = mesh.mails().await;
    let mut shown: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for mail in &mails {
        let text = |name: &str| mail[name].as_str().unwrap_or_default();
        *shown.entry((text("to"), text("subject"))).or_default() += 1;
    }
    let doubled: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    let received = |mail: &Value| mail["times_received"].as_u64().unwrap_or_default();
    let again = mails.iter().filter(|mail| received(mail) > 1).count();
    assert!(
        again >= 1,
        "svc-notify was killed after a mail was taken and before that was noted"
    );
}
