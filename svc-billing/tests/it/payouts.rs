use billing_contract::v1 as pb;
use chrono::{DateTime, TimeDelta, Utc};
use svc_billing::domain::invoice::Status;
use svc_billing::domain::{CompanyAccount, Ending, Owner, OwnerKind, WorkerId};
use svc_billing::gateways::GoldenHat;

use crate::support::{House, company, noon};

fn closed_at() -> DateTime<Utc> {
    noon() + TimeDelta::hours(12)
}

/// A worker with this beneficiary, whose month of one order is closed.
async fn earned(beneficiary: Option<&str>) -> (House, WorkerId) {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(beneficiary).await);
    house.order(client, worker, Ending::Completed).await;
    house.close(OwnerKind::Worker, closed_at()).await;
    (house, worker)
}

/// Runs the job so often, a minute apart, from a time on.
async fn run(house: &House, times: i32, from: DateTime<Utc>) {
    for minute in 0..times {
        house
            .paying_out(from + TimeDelta::minutes(minute.into()))
            .run()
            .await
            .unwrap();
    }
}

async fn status(house: &House) -> Status {
    house.the_invoice().await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_a_payout_is_asked_for_once_and_followed_until_it_is_paid() {
    let (house, worker) = earned(Some("ivan")).await;
    run(&house, 1, closed_at()).await;
    assert_eq!(status(&house).await, Status::Issued, "accepted is not paid");
    assert_eq!(house.balance(&Owner::Worker(worker)).await, 6_000);
    run(&house, 3, closed_at() + TimeDelta::minutes(1)).await;
    assert_eq!(status(&house).await, Status::Paid);
    let account = house.account(&Owner::Worker(worker)).await;
    assert_eq!(
        (account.balance.minor_units(), account.paid.minor_units()),
        (0, 6_000)
    );
    let clearing = company(CompanyAccount::Clearing(GoldenHat::KIND.into()));
    assert_eq!(house.balance(&clearing).await, -6_000);
    let calls = house.received("golden-hat").await;
    let asked: Vec<_> = calls.iter().filter(|call| call["method"] == "POST").collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["body"]["amount"]["value"], 6_000);
    assert_eq!(house.events::<pb::PayoutMade>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_a_payout_whose_answer_was_lost_does_not_leave_twice() {
    for mode in ["away", "nonsense", "slow"] {
        let (house, _) = earned(Some("ivan")).await;
        house.fault("golden-hat", mode, 1).await;
        run(&house, 4, closed_at()).await;
        assert_eq!(status(&house).await, Status::Paid, "{mode}");
        let calls = house.received("golden-hat").await;
        let asked: Vec<_> = calls.iter().filter(|call| call["method"] == "POST").collect();
        assert!(
            asked
                .iter()
                .all(|call| call["idempotency_key"] == asked[0]["idempotency_key"]),
            "{mode}"
        );
        let done = asked
            .iter()
            .filter(|call| call["status"] == 202 && call["replayed"] == false)
            .count();
        assert_eq!(done, 1, "{mode}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_a_rejected_payout_leaves_the_worker_owed_and_says_so() {
    let (house, worker) = earned(Some("rejected-ivan")).await;
    run(&house, 5, closed_at()).await;
    assert_eq!(status(&house).await, Status::PayoutFailed);
    assert_eq!(house.balance(&Owner::Worker(worker)).await, 6_000);
    let failed: Vec<pb::PayoutFailed> = house.events().await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].reason, "rejected by the provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_a_worker_who_named_nobody_to_pay_is_told() {
    let (house, _) = earned(None).await;
    run(&house, 2, closed_at()).await;
    assert_eq!(status(&house).await, Status::PayoutFailed);
    let failed: Vec<pb::PayoutFailed> = house.events().await;
    assert_eq!(failed[0].reason, "no payout beneficiary was named");
    assert!(house.received("golden-hat").await.is_empty());
}
