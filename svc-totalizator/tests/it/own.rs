//! What is whose: every method, asked by those who bet and by one who didn't; and every page token
//! by its own list.

use pb::Condition;
use test_support::{authorised, reason_of};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::support::{House, TestOrder};

#[tokio::test(flavor = "multi_thread")]
async fn t5_every_method_names_nobody_and_tells_all_the_same_but_for_which_party_is_their_own() {
    let house = House::open().await;
    let (order, [winner, loser, stranger]) = (house.open_order().await, [(); 3].map(|()| Uuid::new_v4()));
    let bets = [
        (winner, Condition::Completed, 100),
        (loser, Condition::Failed, 50),
    ];
    for (manager, condition, stake) in bets {
        house.bet(&order, manager, condition, stake).await.unwrap();
    }
    house.tell(&order.completed()).await;
    house.settled(&order).await;
    for method in totalizator_contract::METHODS {
        let name = method.path.rsplit('/').next().unwrap();
        // How often somebody who bet is told “you”: a settlement has a share and a transfer.
        let own = match name {
            "ListBets" => 1,
            "GetSettlement" => 2,
            _ => 0,
        };
        let mut told = Vec::new();
        for (who, times) in [(winner, own), (loser, own), (stranger, 0)] {
            let text = ask(&house, name, &order, who).await;
            assert_eq!(text.matches("you: true").count(), times, "{name}: {text}");
            for id in [winner, loser, stranger] {
                assert!(!text.contains(&id.to_string()), "{name} names somebody: {text}");
            }
            told.push(text.replace("you: true", "you: false"));
        }
        assert_eq!((&told[0], &told[0]), (&told[1], &told[2]), "{name}");
    }
}

/// What each method says about an order that is over.
async fn ask(house: &House, method: &str, order: &TestOrder, who: Uuid) -> String {
    match method {
        "PlaceBet" => {
            let refused = house.bet(order, who, Condition::Completed, 1).await;
            refused.unwrap_err().to_string()
        }
        "GetPool" => format!("{:?}", house.pool_for(who, order.0).await.unwrap()),
        "GetSettlement" => format!("{:?}", house.settlement(order, who).await.unwrap()),
        "ListBets" => {
            let request = pb::ListBetsRequest {
                order_id: order.0.to_string(),
                ..Default::default()
            };
            let request = authorised(request, &house.tokens.manager(who));
            format!("{:?}", house.api().list_bets(request).await.unwrap().into_inner())
        }
        other => panic!("{other}: say what it is asked"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_a_page_token_is_good_for_its_own_list_and_filter_alone() {
    let house = House::open().await;
    let (order, me) = (house.open_order().await, Uuid::new_v4());
    for manager in [me, Uuid::new_v4()] {
        house.bet(&order, manager, Condition::Failed, 10).await.unwrap();
    }
    let all = pb::ListBetsRequest {
        page_size: 1,
        ..Default::default()
    };
    let of_order = pb::ListBetsRequest {
        order_id: order.0.to_string(),
        ..all.clone()
    };
    let own = pb::ListBetsRequest {
        own_only: true,
        ..all.clone()
    };
    let list = async |request: pb::ListBetsRequest| {
        let request = authorised(request, &house.tokens.manager(me));
        house.api().list_bets(request).await
    };
    let token = list(all.clone()).await.unwrap().into_inner().next_page_token;
    let with = |request: pb::ListBetsRequest| pb::ListBetsRequest {
        page_token: token.clone(),
        ..request
    };
    assert_eq!(list(with(all)).await.unwrap().into_inner().bets.len(), 1);
    for other in [of_order, own] {
        let refused = list(with(other)).await.unwrap_err();
        assert_eq!(reason_of(&refused), "INVALID_FIELD");
    }
}
