//! T1 on the real thing.

use diesel_async::SimpleAsyncConnection as _;
use pb::Condition;
use test_support::{authorised, eventually, reason_of};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::support::{BOUND, House, TestOrder, rub};

#[tokio::test(flavor = "multi_thread")]
async fn t1_of_twenty_managers_who_race_for_a_pool_fifteen_take_part() {
    let house = House::open().await;
    let order = house.open_order().await;
    let race = (0..20).map(|_| house.bet(&order, Uuid::new_v4(), Condition::Completed, 100));
    let answers = futures::future::join_all(race).await;
    let refused: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert_eq!(refused.len(), 5);
    assert!(refused.iter().all(|status| reason_of(status) == "POOL_FULL"));
    let mut numbers: Vec<_> = answers.iter().flatten().map(|bet| bet.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    let pool = house.pool(order.0).await.unwrap();
    assert_eq!((pool.participants, pool.staked), (15, Some(rub(1_500))));
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_a_bet_is_taken_once_and_only_while_the_order_is_placed_or_assigned() {
    let house = House::open().await;
    let (order, manager) = (house.open_order().await, Uuid::new_v4());
    house
        .bet(&order, manager, Condition::Completed, 100)
        .await
        .unwrap();
    let again = house
        .bet(&order, manager, Condition::Failed, 100)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&again), "BET_ALREADY_PLACED");
    let unknown = TestOrder(Uuid::new_v4());
    let refused = house
        .bet(&unknown, manager, Condition::Failed, 1)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "ORDER_NOT_KNOWN");
    for (stake, reason) in [
        (0, "INVALID_FIELD"),
        (-5, "INVALID_FIELD"),
        (1_000_000_001, "INVALID_FIELD"),
    ] {
        let refused = house.bet(&order, Uuid::new_v4(), Condition::Failed, stake).await;
        assert_eq!(reason_of(&refused.unwrap_err()), reason);
    }
    let mut foreign = order.bet(Condition::Failed, 5);
    foreign.stake.as_mut().unwrap().currency_code = "USD".to_owned();
    let refused = house.place(Uuid::new_v4(), &foreign).await.unwrap_err();
    assert_eq!(reason_of(&refused), "STAKE_CURRENCY");

    house.tell(&order.started(chrono::Utc::now())).await;
    eventually(BOUND, async || {
        let open = house.pool(order.0).await.unwrap().open;
        if open { Err("still open") } else { Ok(()) }
    })
    .await;
    let refused = house.bet(&order, Uuid::new_v4(), Condition::Completed, 1).await;
    assert_eq!(reason_of(&refused.unwrap_err()), "BETTING_CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_bet_gives_the_first_answer_and_other_contents_are_refused() {
    let house = House::open().await;
    let (order, manager) = (house.open_order().await, Uuid::new_v4());
    let mut request = order.bet(Condition::Completed, 100);
    let first = house.place(manager, &request).await.unwrap();
    assert_eq!(house.place(manager, &request).await.unwrap(), first);
    // Even when betting has ended in the meantime: it is an answer, not a bet.
    house.tell(&order.completed()).await;
    house.settled(&order).await;
    assert_eq!(house.place(manager, &request).await.unwrap(), first);
    request.stake = Some(rub(101));
    let refused = house.place(manager, &request).await.unwrap_err();
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_the_database_itself_refuses_changed_withdrawn_and_late_bets() {
    let house = House::open().await;
    let order = house.open_order().await;
    house
        .bet(&order, Uuid::new_v4(), Condition::Completed, 100)
        .await
        .unwrap();
    let mut conn = house.database.connection().await;
    for statement in ["UPDATE bet SET stake = 1", "DELETE FROM bet"] {
        let refused = conn.batch_execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("never changed or withdrawn"), "{refused}");
    }
    let late = "UPDATE known_order SET closed_at = now(); INSERT INTO bet SELECT gen_random_uuid(), order_id, \
                repeat('0', 20), condition, stake, currency, 2, placed_at, gen_random_uuid() FROM bet";
    let refused = conn.batch_execute(late).await.unwrap_err().to_string();
    assert!(refused.contains("takes no more bets"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_bets_are_listed_newest_first_page_by_page_and_own_ones_alone() {
    let house = House::open().await;
    let me = Uuid::new_v4();
    let mut placed = Vec::new();
    for _ in 0..5 {
        let order = house.open_order().await;
        placed.push(
            house
                .bet(&order, me, Condition::Completed, 10)
                .await
                .unwrap()
                .bet_id,
        );
        house
            .bet(&order, Uuid::new_v4(), Condition::Failed, 10)
            .await
            .unwrap();
    }
    placed.reverse();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListBetsRequest {
            page_size: 2,
            page_token,
            order_id: String::new(),
            own_only: true,
        };
        let request = authorised(request, &house.tokens.manager(me));
        let page = house.api().list_bets(request).await.unwrap().into_inner();
        assert!(page.bets.iter().all(|bet| bet.manager.as_ref().unwrap().you));
        listed.extend(page.bets.into_iter().map(|bet| bet.bet_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, placed);
}
