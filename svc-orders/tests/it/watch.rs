//! O8: watching changes as they happen.

use orders_contract::v1 as pb;
use test_support::{authorised, reason_of};
use tonic::Streaming;

use crate::support::{BOUND, World, hour, id};

async fn next(stream: &mut Streaming<pb::WatchOrdersResponse>) -> (String, String) {
    let message = tokio::time::timeout(BOUND, stream.message())
        .await
        .expect("in time")
        .unwrap()
        .unwrap();
    let change = message.change.unwrap();
    (change.order_id, change.event)
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_a_client_watches_changes_of_own_orders_only() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (other, other_token) = world.client().await;
    world.worker().await;
    let watch = pb::WatchOrdersRequest::default();
    let mut stream = world
        .orders()
        .watch_orders(authorised(watch, &token))
        .await
        .unwrap()
        .into_inner();
    world.place(&other, &other_token, hour(5)).await;
    let order = world.place(&client, &token, hour(1)).await;
    assert_eq!(next(&mut stream).await, (order.clone(), "placed".into()));
    assert_eq!(next(&mut stream).await, (order.clone(), "assigned".into()));
    let cancel = pb::CancelOrderRequest {
        request_id: id(),
        order_id: order.clone(),
        reason: String::new(),
    };
    world
        .orders()
        .cancel_order(authorised(cancel, &token))
        .await
        .unwrap();
    assert_eq!(next(&mut stream).await, (order, "cancelled".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_an_interrupted_watch_continues_where_it_ended() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let first = world.place(&client, &token, hour(1)).await;
    let placed_at = world.get(&first).await.order.unwrap().placed_at;
    let second = world.place(&client, &token, hour(3)).await;
    let watch = pb::WatchOrdersRequest {
        since: placed_at,
        ..Default::default()
    };
    let mut stream = world
        .orders()
        .watch_orders(authorised(watch, &token))
        .await
        .unwrap()
        .into_inner();
    let mut placed = Vec::new();
    while placed.len() < 2 {
        let (order, event) = next(&mut stream).await;
        if event == "placed" {
            placed.push(order);
        }
    }
    assert_eq!(placed, [first, second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_watching_the_orders_of_another_client_is_refused() {
    let world = World::start().await;
    let (_, token) = world.client().await;
    let watch = pb::WatchOrdersRequest {
        client_id: id(),
        ..Default::default()
    };
    let refused = world
        .orders()
        .watch_orders(authorised(watch, &token))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_YOURS");
}

#[tokio::test(flavor = "multi_thread")]
async fn o10_a_worker_who_is_taken_off_an_order_learns_only_that() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (worker, worker_token) = world.worker().await;
    let watch = pb::WatchOrdersRequest::default();
    let mut stream = world
        .orders()
        .watch_orders(authorised(watch, &worker_token))
        .await
        .unwrap()
        .into_inner();
    let order = world.place(&client, &token, hour(1)).await;
    assert_eq!(next(&mut stream).await, (order.clone(), "assigned".into()));
    let suspend = pb::SuspendWorkerRequest {
        request_id: id(),
        worker_id: worker.to_string(),
        reason: "late".into(),
    };
    world
        .workers()
        .suspend_worker(world.as_manager(suspend))
        .await
        .unwrap();
    let message = tokio::time::timeout(BOUND, stream.message())
        .await
        .expect("in time")
        .unwrap()
        .unwrap();
    assert_eq!(
        (message.change.unwrap().event.as_str(), message.order),
        ("unassigned", None)
    );
}
