use billing_contract::v1 as pb;
use chrono::TimeDelta;
use svc_billing::domain::invoice::Status;
use svc_billing::domain::{Cause, Ending, Entry, Owner, OwnerKind, Transaction, rules};
use svc_billing::jobs::{Wakes, announce_closings, close_accounts, open_periods};
use svc_billing::store::{journal, periods, statements};
use uuid::Uuid;

use crate::support::{House, at, days, noon, rub};

/// Monday, a minute after the week has ended in Moscow.
fn monday() -> chrono::DateTime<chrono::Utc> {
    at("2026-11-22T21:01:00Z")
}

async fn calendar(house: &House, now: chrono::DateTime<chrono::Utc>) {
    let wakes = Wakes::default();
    open_periods::run(&house.db, &house.settings, &wakes, now)
        .await
        .unwrap();
    close_accounts::run(&house.db, &house.settings, &wakes, now)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_as_sunday_ends_each_client_with_something_due_gets_one_invoice_with_a_line_for_every_order() {
    let house = House::new().await;
    let (client, idle, worker) = (
        house.client(None).await,
        house.client(None).await,
        house.worker(None).await,
    );
    house.order(client, worker, Ending::Completed).await;
    house.order(client, worker, Ending::Cancelled).await;
    calendar(&house, noon()).await;
    assert!(house.invoices().await.is_empty(), "the week is not over yet");

    calendar(&house, monday()).await;
    let invoice = house.the_invoice().await;
    assert_eq!(invoice.owner, Owner::Client(client));
    assert_eq!(
        (invoice.amount, invoice.line_count, invoice.status),
        (rub(20_000), 2, Status::Issued)
    );
    assert_eq!(invoice.period.ends_at, at("2026-11-22T21:00:00Z"));
    let lines = statements::of_invoice(&mut house.conn().await, invoice.id, 10)
        .await
        .unwrap();
    assert_eq!(
        lines.iter().map(|line| line.amount.minor_units()).sum::<i64>(),
        20_000
    );
    assert_eq!(house.account(&Owner::Client(client)).await.open, rub(0));
    assert_eq!(
        house.balance(&Owner::Client(client)).await,
        20_000,
        "invoiced is not paid"
    );
    assert_eq!(house.balance(&Owner::Client(idle)).await, 0);

    let issued: Vec<pb::InvoiceIssued> = house.events().await;
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].owner_id, client.to_string());
    assert_eq!(issued[0].number, invoice.number);
    let states: Vec<pb::AccountState> = house.events().await;
    let last = states
        .iter()
        .rev()
        .find(|state| state.owner_id == client.to_string())
        .unwrap();
    assert_eq!(last.due_at_next_closing.as_ref().unwrap().minor_units, 0);
    let versions: Vec<i64> = states
        .iter()
        .filter(|state| state.owner_id == client.to_string())
        .map(|state| state.version)
        .collect();
    assert!(
        versions.is_sorted() && versions.windows(2).all(|pair| pair[0] < pair[1]),
        "{versions:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_closing_again_closes_nothing_again() {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    for minutes in 0..3 {
        calendar(&house, monday() + TimeDelta::minutes(minutes)).await;
    }
    house.close(OwnerKind::Client, at("2026-11-22T21:00:00Z")).await;
    house.close(OwnerKind::Client, monday() + days(1)).await;
    assert_eq!(house.invoices().await.len(), 1);
    assert_eq!(house.count("SELECT count(*) FROM attempts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_an_account_that_cannot_be_closed_keeps_neither_other_accounts_nor_other_periods() {
    let house = House::new().await;
    let (stuck, other, worker) = (
        house.client(None).await,
        house.client(None).await,
        house.worker(None).await,
    );
    house.order(stuck, worker, Ending::Completed).await;
    house.order(other, worker, Ending::Completed).await;
    let bad = house.account(&Owner::Client(stuck)).await.id;
    house
        .break_rows("closings", &format!("NEW.account_id = '{bad}'"))
        .await;
    for (kind, seconds) in [(OwnerKind::Client, 1), (OwnerKind::Worker, 2)] {
        let period = house
            .settings
            .calendar
            .ending_at(kind, monday() + TimeDelta::seconds(seconds));
        periods::open(&mut house.conn().await, kind, period, monday())
            .await
            .unwrap();
    }
    let wakes = Wakes::default();
    let close = || close_accounts::run(&house.db, &house.settings, &wakes, monday());
    assert!(close().await.is_err(), "the failure is told");
    let owners: Vec<Owner> = house
        .invoices()
        .await
        .into_iter()
        .map(|invoice| invoice.owner)
        .collect();
    assert_eq!(owners, [Owner::Worker(worker), Owner::Client(other)]);
    let unfinished = "SELECT count(*) FROM periods WHERE closed_at IS NULL";
    assert_eq!(house.count(unfinished).await, 1, "the clients' stays open");
    house.mend_rows().await;
    close().await.unwrap();
    assert_eq!(house.count(unfinished).await, 0);
    assert_eq!(house.invoices().await[0].owner, Owner::Client(stuck));
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_clients_whose_period_cannot_be_opened_do_not_keep_the_workers() {
    let house = House::new().await;
    house.break_rows("periods", "NEW.owner_kind = 'client'").await;
    let wakes = Wakes::default();
    let opened = open_periods::run(&house.db, &house.settings, &wakes, monday()).await;
    assert!(opened.is_err());
    assert_eq!(
        house
            .count("SELECT count(*) FROM periods WHERE owner_kind = 'worker'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_an_idle_account_is_announced_anew_when_the_closing_it_was_announced_with_has_passed() {
    let house = House::new().await;
    let (idle, stuck) = (house.client(None).await, house.client(None).await);
    let states = async || -> Vec<(i64, i64)> {
        let all: Vec<pb::AccountState> = house.events().await;
        all.iter()
            .filter(|state| state.owner_id == idle.to_string())
            .map(|state| (state.version, state.next_closing.unwrap().seconds))
            .collect()
    };
    let sunday = at("2026-11-22T21:00:00Z").timestamp();
    let bad = house.account(&Owner::Client(stuck)).await.id;
    house.break_rows("accounts", &format!("NEW.id = '{bad}'")).await;
    for now in [noon(), noon()] {
        let announced = announce_closings::run(&house.db, &house.settings, now).await;
        assert!(announced.is_err(), "the one that can't be announced is told");
    }
    assert_eq!(states().await, [(2, sunday)], "once is enough");
    house.mend_rows().await;
    announce_closings::run(&house.db, &house.settings, monday())
        .await
        .unwrap();
    assert_eq!(states().await, [(2, sunday), (3, sunday + 7 * 86_400)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_two_replicas_that_close_at_once_close_each_account_once() {
    let house = House::new().await;
    let worker = house.worker(None).await;
    for _ in 0..15 {
        let client = house.client(None).await;
        house.order(client, worker, Ending::Completed).await;
    }
    let replicas = (0..4).map(|_| calendar(&house, monday()));
    futures::future::join_all(replicas).await;
    assert_eq!(house.invoices().await.len(), 15);
    assert_eq!(house.count("SELECT count(*) FROM attempts").await, 15);
    assert_eq!(house.count("SELECT count(*) FROM invoice_lines").await, 15);
    assert_eq!(
        house
            .count("SELECT count(*) FROM periods WHERE owner_kind = 'client'")
            .await,
        1
    );
    assert_eq!(house.count("SELECT sum(amount) FROM invoices").await, 150_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_the_database_refuses_overlapping_periods_and_changed_invoices() {
    use diesel_async::SimpleAsyncConnection as _;
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    calendar(&house, monday()).await;
    for sql in [
        "INSERT INTO periods (id, owner_kind, starts_at, ends_at, opened_at) \
         SELECT gen_random_uuid(), owner_kind, ends_at - interval '1 second', ends_at + interval '1 day', now() \
         FROM periods",
        "INSERT INTO closings SELECT * FROM closings",
        "UPDATE invoices SET amount = 1",
        "DELETE FROM invoices",
        "DELETE FROM invoice_lines",
        "INSERT INTO attempts (id, kind, invoice_id, account_id, number, status, due_at, created_at) \
         SELECT gen_random_uuid(), kind, invoice_id, account_id, 2, status, due_at, created_at FROM attempts",
    ] {
        assert!(house.conn().await.batch_execute(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_what_is_booked_after_a_period_ended_goes_into_the_next() {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    calendar(&house, monday()).await;
    let late = svc_billing::domain::OrderEnd {
        client,
        worker,
        price: rub(500),
        ending: Ending::Completed,
    };
    house.book(Uuid::new_v4(), late, monday()).await.unwrap();
    calendar(&house, monday() + days(1)).await;
    assert_eq!(house.invoices().await.len(), 1);
    calendar(&house, monday() + days(7)).await;
    let invoices = house.invoices().await;
    assert_eq!(
        invoices.iter().map(|invoice| invoice.amount).collect::<Vec<_>>(),
        [rub(500), rub(10_000)]
    );
    assert_eq!(invoices[0].period.starts_at, invoices[1].period.ends_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_a_worker_who_owes_is_carried_over_until_earnings_outweigh_the_fines() {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Failed).await;
    house.close(OwnerKind::Worker, noon() + days(1)).await;
    assert!(house.invoices().await.is_empty());
    assert_eq!(house.count("SELECT total FROM closings").await, -4_000);

    let end = svc_billing::domain::OrderEnd {
        client,
        worker,
        price: rub(10_000),
        ending: Ending::Completed,
    };
    house.book(Uuid::new_v4(), end, noon() + days(2)).await.unwrap();
    house.close(OwnerKind::Worker, noon() + days(3)).await;
    let invoice = house.the_invoice().await;
    assert_eq!((invoice.amount, invoice.line_count), (rub(2_000), 2));
    assert!(invoice.number.starts_with("W-2026-"), "{}", invoice.number);
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_a_reversed_charge_lowers_the_next_invoice() {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    let booked = journal::list(&mut house.conn().await, None, None, 1)
        .await
        .unwrap()
        .remove(0);
    let entry = Entry {
        cause: Cause::reversal_of(booked.id.0),
        ..booked.entry
    };
    let postings: Vec<_> = booked.postings.into_iter().map(|line| line.posting).collect();
    let reversal = Transaction::reversing(entry, &postings).unwrap();
    journal::book(&mut house.conn().await, &house.settings, &reversal)
        .await
        .unwrap();
    assert_eq!(house.balance(&Owner::Client(client)).await, 0);
    assert_eq!(house.balance(&Owner::Worker(worker)).await, 0);
    house.close(OwnerKind::Client, noon() + days(1)).await;
    assert!(house.invoices().await.is_empty(), "nothing is due");
    let bonus = Entry {
        cause: Cause::request("m", Uuid::new_v4()),
        ..booked_entry(&house).await
    };
    let bonus = Transaction::new(bonus, rules::bonus(worker, rub(700)).unwrap().to_vec()).unwrap();
    journal::book(&mut house.conn().await, &house.settings, &bonus)
        .await
        .unwrap();
    house.close(OwnerKind::Worker, noon() + days(1)).await;
    assert_eq!(house.the_invoice().await.amount, rub(700));
}

async fn booked_entry(house: &House) -> Entry {
    let mut newest = journal::list(&mut house.conn().await, None, None, 1)
        .await
        .unwrap();
    newest.remove(0).entry
}
