//! G3: a bet that is sent again, by many at once, with other contents, or by somebody else.

use futures::future::join_all;
use pb::Condition;
use test_support::{eventually, reason_of};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::support::{BOUND, House, rub};

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_bet_sent_by_sixty_four_at_once_is_placed_once_and_its_id_is_good_for_nothing_else() {
    let names = totalizator_contract::METHODS
        .iter()
        .filter_map(|method| method.path.rsplit('/').next());
    let commands: Vec<_> = names
        .filter(|name| !name.starts_with("Get") && !name.starts_with("List"))
        .collect();
    assert_eq!(commands, ["PlaceBet"], "what isn't asked below is not proved");

    let house = House::open().await;
    let (order, other_order) = (house.open_order().await, house.open_order().await);
    let manager = Uuid::new_v4();
    let bet = order.bet(Condition::Completed, 100);
    // Who finds the service busy asks again.
    let place = async || house.place(manager, &bet).await;
    let answers = join_all((0..64).map(|_| eventually(BOUND, place))).await;
    let first = &answers[0];
    assert!(answers.iter().all(|answer| answer == first), "{answers:?}");

    let altered = |alter: fn(&mut pb::PlaceBetRequest)| {
        let mut other = bet.clone();
        alter(&mut other);
        other
    };
    let elsewhere = pb::PlaceBetRequest {
        order_id: other_order.0.to_string(),
        ..bet.clone()
    };
    for other in [
        elsewhere,
        altered(|bet| bet.condition = Condition::NoShow.into()),
        altered(|bet| bet.stake = Some(rub(101))),
    ] {
        let refused = house.place(manager, &other).await.unwrap_err();
        assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED", "{other:?}");
    }
    assert_eq!(&house.place(manager, &bet).await.unwrap(), first);
    for (order, participants) in [(order.0, 1), (other_order.0, 0)] {
        assert_eq!(house.pool(order).await.unwrap().participants, participants);
    }

    // Ids are each caller's own: another manager's bet is another bet.
    let theirs = house.place(Uuid::new_v4(), &bet).await.unwrap();
    assert_ne!(theirs.bet_id, first.bet_id);
    assert_eq!(house.pool(order.0).await.unwrap().participants, 2);
}
