use diesel_async::SimpleAsyncConnection as _;
use futures::future::join_all;
use svc_billing::Error;
use svc_billing::domain::{ClientId, CompanyAccount, Ending, OrderEnd, Owner, WorkerId};
use uuid::Uuid;

use crate::support::{House, company, noon, rub};

async fn refusal(house: &House, sql: &str) -> String {
    let mut conn = house.conn().await;
    conn.batch_execute(sql).await.expect_err(sql).to_string()
}

async fn with_one_order() -> (House, ClientId, WorkerId) {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    house.order(client, worker, Ending::Completed).await;
    (house, client, worker)
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_the_database_refuses_a_transaction_that_does_not_balance_or_has_fewer_than_two_postings() {
    let (house, ..) = with_one_order().await;
    let begin = "INSERT INTO transactions (id, cause, note, actor_role, actor_id, occurred_at, booked_at) \
        VALUES ('00000000-0000-4000-8000-000000000001', 'x', '', 'system', '', now(), now());";
    let post = |amount: i64| {
        format!(
            "INSERT INTO postings (transaction_id, account_id, amount, currency, reason) \
             SELECT '00000000-0000-4000-8000-000000000001', id, {amount}, 'RUB', 'bonus' FROM accounts LIMIT 1;"
        )
    };
    let without = refusal(&house, begin).await;
    assert!(without.contains("has 0 postings"), "{without}");
    let single = refusal(&house, &format!("{begin}{}", post(5))).await;
    assert!(single.contains("has 1 postings"), "{single}");
    let unbalanced = refusal(&house, &format!("{begin}{}{}", post(5), post(-4))).await;
    assert!(unbalanced.contains("sum to 1"), "{unbalanced}");
    let zero = refusal(&house, &format!("{begin}{}", post(0))).await;
    assert!(zero.contains("check"), "{zero}");
    assert_eq!(house.count("SELECT count(*) FROM transactions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_what_is_written_stays_and_nothing_is_added_to_it() {
    let (house, ..) = with_one_order().await;
    for sql in [
        "UPDATE transactions SET note = 'x'",
        "UPDATE postings SET amount = 1",
        "DELETE FROM postings",
        "DELETE FROM transactions",
        "TRUNCATE postings CASCADE",
        "TRUNCATE transactions CASCADE",
        "DELETE FROM accounts",
        "TRUNCATE accounts CASCADE",
        "UPDATE accounts SET balance = 0",
        "UPDATE accounts SET paid = 1",
        "UPDATE accounts SET owner = 'x'",
        "INSERT INTO accounts (id, owner_kind, owner, currency, balance, opened_at, changed_at) \
         VALUES (gen_random_uuid(), 'company', 'x', 'RUB', 1, now(), now())",
    ] {
        let text = refusal(&house, sql).await;
        assert!(text.contains("is refused"), "{sql}: {text}");
    }
    let pair = "INSERT INTO postings (transaction_id, account_id, amount, currency, reason) \
        SELECT t.id, a.id, sign, 'RUB', 'bonus' FROM transactions t, (SELECT id FROM accounts LIMIT 1) a, \
        unnest(ARRAY[1, -1]) sign";
    let text = refusal(&house, pair).await;
    assert!(text.contains("together with their transaction"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_one_cause_posts_once_ever() {
    let (house, client, worker) = with_one_order().await;
    let end = OrderEnd {
        client,
        worker,
        price: rub(10_000),
        ending: Ending::Completed,
    };
    let event = Uuid::new_v4();
    let booked = join_all((0..8).map(|_| house.book(event, end, noon()))).await;
    let now = booked
        .iter()
        .filter(|result| matches!(result, Ok(Some(_))))
        .count();
    let before = booked.iter().filter(|result| matches!(result, Ok(None))).count();
    assert_eq!((now, before), (1, 7), "{booked:?}");
    assert_eq!(house.balance(&Owner::Client(client)).await, 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_balances_equal_their_postings_after_many_post_at_once() {
    let house = House::new().await;
    let clients = join_all((0..3).map(|_| house.client(None))).await;
    let workers = join_all((0..3).map(|_| house.worker(None))).await;
    let endings = [Ending::Completed, Ending::Cancelled, Ending::Failed];
    let all = (0..120_usize).map(|n| {
        let end = OrderEnd {
            client: clients[n % 3],
            worker: workers[(n / 3) % 3],
            price: rub(i64::try_from(n).unwrap() + 1),
            ending: endings[(n / 9) % 3],
        };
        house.book(Uuid::new_v4(), end, noon())
    });
    for result in join_all(all).await {
        result.unwrap();
    }
    let off = "SELECT count(*) FROM accounts a WHERE balance <> \
        (SELECT coalesce(sum(amount), 0) FROM postings p WHERE p.account_id = a.id)";
    assert_eq!(house.count(off).await, 0);
    assert_eq!(house.count("SELECT sum(balance) FROM accounts").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM transactions").await, 120);
    let revenue = house.balance(&company(CompanyAccount::Revenue)).await;
    assert_eq!(revenue, -(1..=120).sum::<i64>());
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_nothing_is_posted_for_somebody_unknown() {
    let house = House::new().await;
    let end = OrderEnd {
        client: ClientId(Uuid::new_v4()),
        worker: house.worker(None).await,
        price: rub(10_000),
        ending: Ending::Completed,
    };
    let refused = house.book(Uuid::new_v4(), end, noon()).await;
    assert!(
        matches!(refused, Err(Error::AccountNotFound { kind: "client", .. })),
        "{refused:?}"
    );
    assert_eq!(house.count("SELECT count(*) FROM transactions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn b11_every_change_of_a_balance_is_announced_with_ascending_versions() {
    let (house, client, worker) = with_one_order().await;
    house.order(client, worker, Ending::Failed).await;
    let states: Vec<billing_contract::v1::AccountState> = house.events().await;
    let of = |id: String| -> Vec<(i64, i64, i64)> {
        let own = states.iter().filter(|state| state.owner_id == id);
        own.map(|state| {
            let units = |money: &Option<conventions::types::Money>| money.as_ref().unwrap().minor_units;
            (
                state.version,
                units(&state.balance),
                units(&state.due_at_next_closing),
            )
        })
        .collect()
    };
    assert_eq!(of(client.to_string()), [(2, 10_000, 10_000), (3, 20_000, 20_000)]);
    assert_eq!(of(worker.to_string()), [(2, 6_000, 6_000), (3, 2_000, 2_000)]);
    assert_eq!(
        states.len(),
        4,
        "the company's accounts are nobody else's business"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_another_currency_is_refused() {
    let (house, client, worker) = with_one_order().await;
    let end = OrderEnd {
        client,
        worker,
        price: money::Money::new(5, "USD".parse().unwrap()),
        ending: Ending::Cancelled,
    };
    let refused = house.book(Uuid::new_v4(), end, noon()).await;
    assert!(matches!(refused, Err(Error::CurrencyUnknown(_))), "{refused:?}");
}
