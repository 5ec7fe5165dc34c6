use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use billing_contract::v1 as pb;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection as _;
use service_host::Clock;
use svc_billing::domain::invoice::Status;
use svc_billing::domain::{ClientId, CompanyAccount, Ending, Owner, OwnerKind};
use svc_billing::store::details;

use crate::support::{House, company, days, noon};

fn closed_at() -> DateTime<Utc> {
    noon() + TimeDelta::hours(12)
}

/// A client with this card, whose week of one order is closed.
async fn invoiced(card: Option<&str>) -> (House, ClientId) {
    let house = House::new().await;
    let client = house.client(card).await;
    let worker = house.worker(None).await;
    house.order(client, worker, Ending::Completed).await;
    house.close(OwnerKind::Client, closed_at()).await;
    (house, client)
}

async fn status(house: &House) -> Status {
    house.the_invoice().await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_client_is_charged_once_and_the_ledger_shows_it() {
    let (house, client) = invoiced(Some("tok-good")).await;
    for _ in 0..3 {
        house.charging(closed_at()).run().await.unwrap();
    }
    assert_eq!(status(&house).await, Status::Paid);
    let account = house.account(&Owner::Client(client)).await;
    assert_eq!(
        (account.balance.minor_units(), account.paid.minor_units()),
        (0, 10_000)
    );
    assert_eq!(
        house
            .balance(&company(CompanyAccount::Clearing("card".into())))
            .await,
        10_000
    );
    let received = house.received("card").await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["body"]["amount_minor"], 10_000);
    assert_eq!(received[0]["body"]["reference"], house.the_invoice().await.number);
    let succeeded: Vec<pb::PaymentSucceeded> = house.events().await;
    assert_eq!(succeeded.len(), 1);
    assert_eq!(
        Some(succeeded[0].payment_id.as_str()),
        received[0]["idempotency_key"].as_str()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b8_a_wallet_is_charged_through_its_own_contract() {
    let (house, client) = invoiced(None).await;
    let account = house.account(&Owner::Client(client)).await;
    house.choose(account.id, "wallet", "purse-1").await;
    house.charging(closed_at()).run().await.unwrap();
    assert_eq!(status(&house).await, Status::Paid);
    assert_eq!(house.received("wallet").await[0]["body"]["sum"]["units"], "10000");
    assert_eq!(
        house
            .balance(&company(CompanyAccount::Clearing("wallet".into())))
            .await,
        10_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_charge_declined_once_is_tried_again_on_schedule_and_paid() {
    let (house, _) = invoiced(Some("tok-declined-once-1")).await;
    house.charging(closed_at()).run().await.unwrap();
    assert_eq!(status(&house).await, Status::Issued);
    let failed: Vec<pb::PaymentFailed> = house.events().await;
    assert_eq!((failed.len(), failed[0].reason.as_str()), (1, "card_declined"));
    let next = failed[0].next_attempt_at.expect("it will be tried again");
    assert_eq!(next.seconds, (closed_at() + days(1)).timestamp());

    house
        .charging(closed_at() + TimeDelta::hours(23))
        .run()
        .await
        .unwrap();
    assert_eq!(house.received("card").await.len(), 1, "not before its time");
    house.charging(closed_at() + days(1)).run().await.unwrap();
    assert_eq!(status(&house).await, Status::Paid);
    let keys: Vec<_> = house
        .received("card")
        .await
        .iter()
        .map(|call| call["idempotency_key"].clone())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1], "another attempt is another charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_charge_declined_every_time_leaves_the_invoice_overdue() {
    let (house, client) = invoiced(Some("tok-declined")).await;
    for day in [0, 1, 2, 3, 4, 10, 30] {
        house.charging(closed_at() + days(day)).run().await.unwrap();
    }
    assert_eq!(status(&house).await, Status::Overdue);
    assert_eq!(
        house.received("card").await.len(),
        3,
        "the first, and two of the schedule"
    );
    assert_eq!(house.balance(&Owner::Client(client)).await, 10_000);
    let failed: Vec<pb::PaymentFailed> = house.events().await;
    let attempts: Vec<_> = failed
        .iter()
        .map(|event| (event.attempt, event.next_attempt_at.is_some()))
        .collect();
    assert_eq!(attempts, [(1, true), (2, true), (3, false)]);
    assert_eq!(house.events::<pb::InvoiceOverdue>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_client_who_chose_no_payment_method_is_told_and_can_still_choose_one() {
    let (house, client) = invoiced(None).await;
    house.charging(closed_at()).run().await.unwrap();
    let failed: Vec<pb::PaymentFailed> = house.events().await;
    assert_eq!(failed[0].reason, "no payment method was chosen");
    let account = house.account(&Owner::Client(client)).await;
    house.choose(account.id, "card", "tok-new").await;
    house.charging(closed_at() + days(1)).run().await.unwrap();
    assert_eq!(status(&house).await, Status::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_while_the_gateway_is_away_nothing_is_lost_and_in_the_end_there_is_one_charge() {
    let (house, _) = invoiced(Some("tok-good")).await;
    house.fault("card", "away", 2).await;
    let mut now = closed_at();
    for _ in 0..3 {
        house.charging(now).run().await.unwrap();
        now += TimeDelta::minutes(1);
    }
    assert_eq!(status(&house).await, Status::Paid);
    let received = house.received("card").await;
    assert_eq!(received.len(), 3);
    assert!(
        received
            .iter()
            .all(|call| call["idempotency_key"] == received[0]["idempotency_key"])
    );
    assert!(
        house.events::<pb::PaymentFailed>().await.is_empty(),
        "being away is not declining"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_an_answer_that_was_lost_does_not_charge_twice() {
    for mode in ["slow", "nonsense"] {
        let (house, _) = invoiced(Some("tok-good")).await;
        house.fault("card", mode, 1).await;
        house.charging(closed_at()).run().await.unwrap();
        assert_eq!(status(&house).await, Status::Issued, "{mode}: nobody knows yet");
        house
            .charging(closed_at() + TimeDelta::minutes(1))
            .run()
            .await
            .unwrap();
        assert_eq!(status(&house).await, Status::Paid, "{mode}");
        let received = house.received("card").await;
        let done = received.iter().filter(|call| call["replayed"] == false).count();
        assert_eq!(done, 1, "{mode}: {received:?}");
        assert_eq!(
            house
                .balance(&company(CompanyAccount::Clearing("card".into())))
                .await,
            10_000
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_a_card_changed_between_two_tries_of_one_attempt_is_used_by_the_next_attempt_only() {
    let (house, client) = invoiced(Some("tok-old")).await;
    house.fault("card", "nonsense", 1).await;
    house.charging(closed_at()).run().await.unwrap();
    let account = house.account(&Owner::Client(client)).await;
    house.choose(account.id, "card", "tok-new").await;
    house
        .charging(closed_at() + TimeDelta::minutes(1))
        .run()
        .await
        .unwrap();
    let tokens: Vec<_> = house
        .received("card")
        .await
        .iter()
        .map(|call| call["body"]["payment_token"].clone())
        .collect();
    assert_eq!(
        tokens,
        ["tok-old", "tok-old"],
        "a repeated request is the same request"
    );
    assert_eq!(status(&house).await, Status::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_two_replicas_that_charge_at_once_charge_once() {
    let (house, _) = invoiced(Some("tok-good")).await;
    let (one, other) = (house.charging(closed_at()), house.charging(closed_at()));
    let (a, b) = tokio::join!(one.run(), other.run());
    a.unwrap();
    b.unwrap();
    assert_eq!(status(&house).await, Status::Paid);
    let done = house
        .received("card")
        .await
        .iter()
        .filter(|call| call["replayed"] == false)
        .count();
    assert_eq!(done, 1);
    assert_eq!(
        house
            .balance(&company(CompanyAccount::Clearing("card".into())))
            .await,
        10_000
    );
    assert_eq!(house.events::<pb::PaymentSucceeded>().await.len(), 1);
}

/// Clients by the hundred whose invoices are due since an hour, and whose attempts the database
/// refuses to change.
async fn hopeless(house: &House) {
    let sql = "
        INSERT INTO accounts (id, owner_kind, owner, currency, opened_at, changed_at)
        SELECT gen_random_uuid(), 'client', gen_random_uuid(), 'RUB', now(), now() FROM generate_series(1, 250);
        INSERT INTO closings SELECT period.id, account.id, 1, now() FROM periods period, accounts account
        WHERE account.owner_kind = 'client' AND NOT EXISTS (SELECT FROM closings WHERE account_id = account.id);
        INSERT INTO invoices (id, sequence, number, account_id, period_id, amount, currency, line_count, status, issued_at)
        SELECT gen_random_uuid(), row_number() OVER () + 1000, gen_random_uuid(), account_id, period_id, 1, 'RUB', 1,
            'issued', now() FROM closings
        WHERE NOT EXISTS (SELECT FROM invoices WHERE invoices.account_id = closings.account_id);
        INSERT INTO attempts (id, kind, invoice_id, account_id, number, status, due_at, created_at)
        SELECT gen_random_uuid(), 'charge', id, account_id, 1, 'pending',
            (SELECT min(due_at) - interval '1 hour' FROM attempts), now() FROM invoices
        WHERE NOT EXISTS (SELECT FROM attempts WHERE attempts.invoice_id = invoices.id)";
    house.conn().await.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_attempts_that_cannot_be_made_do_not_keep_those_behind_them() {
    let (house, client) = invoiced(Some("tok-good")).await;
    let good = house.account(&Owner::Client(client)).await.id;
    hopeless(&house).await;
    house
        .break_rows("attempts", &format!("NEW.account_id <> '{good}'"))
        .await;
    assert!(
        house.charging(closed_at()).run().await.is_err(),
        "the failure is returned"
    );
    assert_eq!(house.received("card").await.len(), 1);
    assert_eq!(house.balance(&Owner::Client(client)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_a_gateway_that_does_not_answer_does_not_keep_those_who_pay_by_another() {
    const CARDS: usize = 30;
    let house = House::new().await;
    let worker = house.worker(None).await;
    for _ in 0..CARDS {
        let client = house.client(Some("tok-good")).await;
        house.order(client, worker, Ending::Completed).await;
    }
    let client = house.client(None).await;
    let account = house.account(&Owner::Client(client)).await.id;
    house.choose(account, "wallet", "tok-good").await;
    house.order(client, worker, Ending::Completed).await;
    house.close(OwnerKind::Client, closed_at()).await;
    // The wallet's turn comes last.
    let sql =
        format!("UPDATE attempts SET due_at = due_at + interval '1 second' WHERE account_id = '{account}'");
    house.conn().await.batch_execute(&sql).await.unwrap();

    house.fault("card", "away", 1_000).await;
    house
        .charging(closed_at() + TimeDelta::minutes(1))
        .run()
        .await
        .unwrap();
    let asked = house.received("card").await.len();
    assert!(
        (8..16).contains(&asked),
        "eight in vain, and at most seven that were under way by then: {asked}"
    );
    assert_eq!(house.received("wallet").await.len(), 1);
    assert_eq!(house.balance(&Owner::Client(client)).await, 0);

    house.fault("card", "none", 0).await;
    house
        .charging(closed_at() + TimeDelta::hours(1))
        .run()
        .await
        .unwrap();
    let paid = format!(
        "SELECT count(*) FROM invoices WHERE status = '{}'",
        <&str>::from(Status::Paid)
    );
    assert_eq!(house.count(&paid).await, i64::try_from(CARDS).unwrap() + 1);
    let made = house.received("card").await;
    let made = made
        .iter()
        .filter(|call| call["replayed"] == false && call["fault"].is_null());
    assert_eq!(made.count(), CARDS, "nobody twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_a_charge_late_in_a_batch_is_dated_when_it_was_made() {
    let house = House::new().await;
    let worker = house.worker(None).await;
    for _ in 0..2 {
        let client = house.client(Some("tok-good")).await;
        house.order(client, worker, Ending::Completed).await;
    }
    house.close(OwnerKind::Client, closed_at()).await;
    let readings = Arc::new(AtomicI32::new(0));
    let clock = readings.clone();
    let minute_by_minute =
        move || closed_at() + TimeDelta::minutes(clock.fetch_add(1, Ordering::Relaxed).into());
    house
        .charging_by(Clock::from_fn(minute_by_minute))
        .run()
        .await
        .unwrap();
    assert_eq!(
        readings.load(Ordering::Relaxed),
        5,
        "once for the list, twice per attempt"
    );
    let dates = |column: &str, table: &str| format!("SELECT count(DISTINCT {column}) FROM {table}");
    assert_eq!(house.count(&dates("paid_at", "invoices")).await, 2);
    assert_eq!(house.count(&dates("due_at", "attempts")).await, 2);
    let booked = format!(
        "{} WHERE cause LIKE 'attempt:%'",
        dates("booked_at", "transactions")
    );
    assert_eq!(house.count(&booked).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_every_choice_of_a_payment_method_is_kept_with_who_and_when_and_the_newest_holds() {
    let house = House::new().await;
    let client = house.client(Some("tok-old")).await;
    let account = house.account(&Owner::Client(client)).await;
    house.choose(account.id, "wallet", "purse-new").await;
    let means = details::find(&mut house.conn().await, account.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (means.provider.as_str(), means.token.as_str()),
        ("wallet", "purse-new")
    );
    assert!(
        !format!("{means:?}").contains("purse-new"),
        "a token is never shown"
    );
    let kept = "SELECT count(*) FROM payment_details WHERE actor_role = 'client' AND actor_id <> ''";
    assert_eq!(house.count(kept).await, 2);
    for sql in [
        "UPDATE payment_details SET token = 'mine'",
        "DELETE FROM payment_details",
    ] {
        use diesel_async::SimpleAsyncConnection as _;
        let refused = house.conn().await.batch_execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("is refused"), "{refused}");
    }
}
