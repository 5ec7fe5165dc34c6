//! The story of one order, as it should go, through all seven services.

use std::sync::Arc;

use artel::story::{self, Point};

use crate::bets::{Counter, sums};
use crate::mesh::Mesh;

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_one_order_goes_through_all_seven_services() {
    let mesh = Mesh::up().await;
    let counter = Arc::new(Counter::new(mesh.program("svc-totalizator"), mesh.key()));
    let stage = mesh.stage(Box::new(move |point, order_id, managers| {
        match point {
            // Three managers bet: two are right.
            Point::Assigned => {
                counter.place(&managers[0], order_id, "completed", "100.00");
                counter.place(&managers[1], order_id, "completed", "50.00");
                counter.place(&managers[2], order_id, "failed", "30.00");
            }
            // 180.00 by shares of 100 : 50. Paid out = staked (T2).
            Point::Ended => {
                let settlement = counter.settlement(&managers[0], order_id);
                assert_eq!(sums(&settlement, "payout"), [0, 6_000, 12_000], "{settlement}");
            }
        }
        Ok(())
    }));
    let ending = story::play(&stage)
        .await
        .unwrap_or_else(|error| panic!("{error}"));

    // What the outside world saw, it saw once.
    for (stand_in, count) in [("card", 1), ("golden-hat", 1), ("bakery", 1)] {
        let calls = mesh.outside_calls(stand_in, "POST").await;
        assert_eq!(calls.len(), count, "{stand_in}: {calls:?}");
    }
    mesh.no_letter_came_twice().await;
    mesh.no_letter_was_sent_twice().await;
    mesh.every_event_was_processed().await;
    drop(ending);
}
