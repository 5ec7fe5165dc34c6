//! T2 and T4 on the real thing: settled exactly, exactly once, whatever is delivered twice, late or
//! out of order.

use chrono::{TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection as _;
use orders_contract::v1::FailureKind;
use pb::Condition;
use test_support::{eventually, reason_of};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::support::{BOUND, House, TestOrder, rub};

fn payouts(settlement: &pb::Settlement) -> Vec<i64> {
    settlement
        .shares
        .iter()
        .map(|share| share.payout.as_ref().unwrap().minor_units)
        .collect()
}

/// Waits until everything that was told so far has been heard.
async fn heard(house: &House) {
    // Two topics' partitions: enough orders to have one on each.
    for _ in 0..8 {
        house.open_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_three_managers_bet_and_the_pool_is_split_when_the_order_is_completed() {
    let house = House::open().await;
    let order = house.open_order().await;
    let managers: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    house
        .bet(&order, managers[0], Condition::Completed, 100)
        .await
        .unwrap();
    house
        .bet(&order, managers[1], Condition::Completed, 200)
        .await
        .unwrap();
    house
        .bet(&order, managers[2], Condition::NoShow, 100)
        .await
        .unwrap();
    let unsettled = house.settlement(&order, managers[0]).await.unwrap_err();
    assert_eq!(reason_of(&unsettled), "NOT_SETTLED");
    house.tell(&order.started(Utc::now())).await;
    house.tell(&order.completed()).await;
    let settlement = house.settled(&order).await;
    // 400 in proportion 1 : 2, the remainder to the largest fraction.
    assert_eq!(payouts(&settlement), [133, 267, 0]);
    assert_eq!(settlement.staked, Some(rub(400)));
    assert_eq!(settlement.transfers.len(), 2);
    let mine = house.settlement(&order, managers[2]).await.unwrap();
    assert!(
        mine.transfers
            .iter()
            .all(|transfer| transfer.from.as_ref().unwrap().you)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_each_way_to_end_wins_its_own_condition() {
    let house = House::open().await;
    let all = [
        Condition::Completed,
        Condition::Failed,
        Condition::Cancelled,
        Condition::NoShow,
    ];
    for winner in all {
        let order = house.open_order().await;
        for condition in all {
            house.bet(&order, Uuid::new_v4(), condition, 25).await.unwrap();
        }
        match winner {
            Condition::Completed => house.tell(&order.completed()).await,
            Condition::Cancelled => house.tell(&order.cancelled()).await,
            Condition::NoShow => house.tell(&order.failed(FailureKind::NoShow)).await,
            _ => house.tell(&order.failed(FailureKind::Reported)).await,
        }
        let settlement = house.settled(&order).await;
        assert_eq!(settlement.outcome(), winner);
        for share in &settlement.shares {
            let won = share.bet.as_ref().unwrap().condition() == winner;
            let expected = if won { 100 } else { 0 };
            assert_eq!(share.payout, Some(rub(expected)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_events_that_come_again_late_or_contradict_settle_nothing_twice() {
    let house = House::open().await;
    let order = house.open_order().await;
    house
        .bet(&order, Uuid::new_v4(), Condition::Completed, 70)
        .await
        .unwrap();
    house
        .bet(&order, Uuid::new_v4(), Condition::Failed, 30)
        .await
        .unwrap();
    house.tell(&order.completed()).await;
    let first = house.settled(&order).await;
    for _ in 0..3 {
        house.tell(&order.completed()).await;
        house.tell(&order.placed()).await;
        house.tell(&order.failed(FailureKind::Reported)).await;
    }
    heard(&house).await;
    assert_eq!(house.settled(&order).await, first);
    let pool = house.pool(order.0).await.unwrap();
    assert!(
        !pool.open,
        "an order that was placed again by a late event takes no bets"
    );
    assert_eq!(pool.outcome(), Condition::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_an_order_whose_end_is_heard_first_is_known_and_takes_no_bets() {
    let house = House::open().await;
    let order = TestOrder(Uuid::new_v4());
    house.tell(&order.cancelled()).await;
    house.tell(&order.placed()).await;
    eventually(BOUND, async || house.pool(order.0).await).await;
    heard(&house).await;
    let refused = house.bet(&order, Uuid::new_v4(), Condition::Cancelled, 1).await;
    assert_eq!(reason_of(&refused.unwrap_err()), "BETTING_CLOSED");
    assert_eq!(
        reason_of(&house.settlement(&order, Uuid::nil()).await.unwrap_err()),
        "NOT_SETTLED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_a_bet_that_was_taken_before_the_start_was_heard_of_goes_back() {
    let house = House::open().await;
    let order = house.open_order().await;
    house
        .bet(&order, Uuid::new_v4(), Condition::Completed, 70)
        .await
        .unwrap();
    // It started a minute ago; the news took a while.
    house
        .tell(&order.started(Utc::now() - TimeDelta::minutes(1)))
        .await;
    house.tell(&order.completed()).await;
    let settlement = house.settled(&order).await;
    assert_eq!(settlement.shares[0].fate(), pb::Fate::TooLate);
    assert_eq!(payouts(&settlement), [70]);
    assert_eq!(settlement.transfers, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_a_pool_that_nobody_won_goes_to_the_developers() {
    let house = House::open().await;
    let order = house.open_order().await;
    house
        .bet(&order, Uuid::new_v4(), Condition::Completed, 70)
        .await
        .unwrap();
    house
        .bet(&order, Uuid::new_v4(), Condition::Failed, 30)
        .await
        .unwrap();
    house.tell(&order.cancelled()).await;
    let settlement = house.settled(&order).await;
    assert_eq!(settlement.developers, Some(rub(100)));
    assert!(
        settlement
            .transfers
            .iter()
            .all(|transfer| transfer.to.as_ref().unwrap().developers)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_the_database_itself_refuses_a_settlement_that_does_not_pay_what_was_staked() {
    let house = House::open().await;
    let order = house.open_order().await;
    house
        .bet(&order, Uuid::new_v4(), Condition::Completed, 70)
        .await
        .unwrap();
    let mut conn = house.database.connection().await;
    let settle = |payout: i64, developers: i64| {
        format!(
            "BEGIN; INSERT INTO settlement VALUES ('{0}', 'completed', 70, {developers}, 'RUB', now()); \
             INSERT INTO share SELECT id, order_id, 'won', {payout} FROM bet WHERE order_id = '{0}'; COMMIT",
            order.0
        )
    };
    for (payout, developers) in [(69, 0), (70, 1), (71, 0), (0, 0)] {
        let refused = conn.batch_execute(&settle(payout, developers)).await.unwrap_err();
        assert!(
            refused.to_string().contains("paid out must be staked"),
            "{refused}"
        );
        conn.batch_execute("ROLLBACK").await.unwrap();
    }
    conn.batch_execute(&settle(70, 0)).await.unwrap();
    let refused = conn
        .batch_execute("UPDATE share SET payout = 1")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("stays settled"), "{refused}");
}
