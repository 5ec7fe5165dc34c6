//! A2: which orders get a case, at most one each.

use std::collections::BTreeSet;

use admin_contract::v1 as pb;
use conventions::Role;
use futures::future::join_all;
use orders_contract::v1::FailureKind;
use svc_admin::events::OnOrder;
use test_support::reason_of;
use tonic::Code;
use uuid::Uuid;

use crate::samples::{Order, by, system};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a2_only_cancelled_and_failed_orders_get_a_case_by_themselves() {
    let world = World::start().await;
    let (cancelled, failed, completed) = (Order::new(), Order::new(), Order::new());
    for order in [&cancelled, &failed] {
        world.deliver(&OnOrder, &order.placed()).await;
        world.deliver(&OnOrder, &order.assigned()).await;
        assert_eq!(world.case_of(order).await, None);
    }
    world
        .deliver(&OnOrder, &cancelled.cancelled_after_assignment())
        .await;
    world
        .deliver(&OnOrder, &failed.failed(FailureKind::Reported))
        .await;
    world.complete(&completed).await;

    let case = world.case_of(&cancelled).await.unwrap();
    assert_eq!(
        (case.cause(), case.state()),
        (pb::CaseCause::Cancelled, pb::CaseState::Open)
    );
    assert_eq!(case.worker_id, cancelled.worker.to_string());
    let case = world.case_of(&failed).await.unwrap();
    assert_eq!(case.cause(), pb::CaseCause::Failed);
    assert_eq!(world.case_of(&completed).await, None);

    let published = world
        .published::<pb::QualityCaseOpened>(&failed.id.to_string())
        .await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].case_id, case.case_id);
    assert_eq!(published[0].cause(), pb::CaseCause::Failed);
    assert_eq!(published[0].by, Some(system()));
    assert_eq!(published[0].at, Some(failed.at(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_an_order_cancelled_before_assignment_has_a_case_without_a_worker() {
    let world = World::start().await;
    let order = Order::new();
    world.deliver(&OnOrder, &order.placed()).await;
    world.deliver(&OnOrder, &order.assigned()).await;
    world.deliver(&OnOrder, &order.unassigned()).await;
    world.deliver(&OnOrder, &order.cancelled()).await;
    let case = world.case_of(&order).await.unwrap();
    assert_eq!(case.worker_id, "");
    let published = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(published[0].worker_id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_reading_an_order_s_history_again_changes_nothing() {
    let world = World::start().await;
    let order = Order::new();
    let case = world.fail(&order, FailureKind::NoShow).await;
    // With new event ids, as if the inbox had been purged.
    world.deliver(&OnOrder, &order.placed()).await;
    world.deliver(&OnOrder, &order.completed()).await;
    world.deliver(&OnOrder, &order.failed(FailureKind::NoShow)).await;
    assert_eq!(world.case_of(&order).await.unwrap().case_id, case.case_id);
    let published = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(published.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_only_completed_orders_without_a_case_are_drawn() {
    let world = World::start().await;
    let (waiting, running) = (Order::new(), Order::new());
    world.deliver(&OnOrder, &waiting.placed()).await;
    world.deliver(&OnOrder, &running.assigned()).await;
    world.deliver(&OnOrder, &running.started()).await;
    let failed = world.fail(&Order::new(), FailureKind::Reported).await;
    world.rate(&failed.case_id, 1).await.unwrap();
    let nothing = world.draw().await.unwrap_err();
    assert_eq!(
        (nothing.code(), reason_of(&nothing).as_str()),
        (Code::FailedPrecondition, "NOTHING_TO_DRAW")
    );

    let completed = Order::new();
    world.complete(&completed).await;
    let drawn = world.draw().await.unwrap();
    assert_eq!(drawn.order_id, completed.id.to_string());
    assert_eq!(
        (drawn.cause(), drawn.state()),
        (pb::CaseCause::Drawn, pb::CaseState::Open)
    );
    let published = world.published::<pb::QualityCaseOpened>(&drawn.order_id).await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].by, Some(by(Role::Quality, world.quality)));
    assert_eq!(reason_of(&world.draw().await.unwrap_err()), "NOTHING_TO_DRAW");
    world.rate(&drawn.case_id, 5).await.unwrap();
    let closed = world.draw().await.unwrap_err();
    assert_eq!(reason_of(&closed), "NOTHING_TO_DRAW", "an order is reviewed once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_concurrent_draws_open_each_order_once() {
    let world = World::start().await;
    let orders: Vec<_> = (0..8).map(|_| Order::new()).collect();
    for order in &orders {
        world.complete(order).await;
    }
    let draws = join_all((0..11).map(|_| world.draw())).await;
    let (drawn, refused): (Vec<_>, Vec<_>) = draws.into_iter().partition(Result::is_ok);
    let drawn: BTreeSet<_> = drawn.into_iter().map(|case| case.unwrap().order_id).collect();
    let all: BTreeSet<_> = orders.iter().map(|order| order.id.to_string()).collect();
    assert_eq!(drawn, all);
    assert_eq!(refused.len(), 3);
    for refused in refused {
        assert_eq!(reason_of(&refused.unwrap_err()), "NOTHING_TO_DRAW");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_orders_are_drawn_at_random_and_not_by_age() {
    let world = World::start().await;
    for _ in 0..20 {
        world.complete(&Order::new()).await;
    }
    let mut drawn = vec![];
    for _ in 0..20 {
        let order: Uuid = world.draw().await.unwrap().order_id.parse().unwrap();
        drawn.push(order);
    }
    // A random draw is sorted by chance in 2 of 20! runs.
    assert!(!drawn.is_sorted(), "drawn oldest first");
    assert!(!drawn.iter().rev().is_sorted(), "drawn newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_of_concurrent_calls_to_open_one_order_s_case_exactly_one_succeeds() {
    let world = World::start().await;
    let order = Order::new();
    world.deliver(&OnOrder, &order.placed()).await;
    let early = world.open_case(&order).await.unwrap_err();
    assert_eq!(
        (early.code(), reason_of(&early).as_str()),
        (Code::FailedPrecondition, "ORDER_NOT_REVIEWABLE")
    );
    world.complete(&order).await;
    let opened = join_all((0..6).map(|_| world.open_case(&order))).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    for refused in opened.into_iter().filter_map(Result::err) {
        assert_eq!(reason_of(&refused), "ORDER_NOT_REVIEWABLE");
    }
    let published = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(published.len(), 1);
    let unknown = world.open_case(&Order::new()).await.unwrap_err();
    assert_eq!(reason_of(&unknown), "ORDER_NOT_REVIEWABLE");
}
