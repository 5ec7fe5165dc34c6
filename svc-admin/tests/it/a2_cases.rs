//! A2: which orders get a case, and never a second one.

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
async fn a2_an_order_that_ends_cancelled_or_failed_has_one_case_and_no_other_order_has() {
    let world = World::start().await;
    let (cancelled, failed, completed) = (Order::new(), Order::new(), Order::new());
    for order in [&cancelled, &failed] {
        world.take(&OnOrder, &order.placed()).await;
        world.take(&OnOrder, &order.assigned()).await;
        assert_eq!(world.case_of(order).await, None);
    }
    world
        .take(&OnOrder, &cancelled.cancelled_after_assignment())
        .await;
    world.take(&OnOrder, &failed.failed(FailureKind::Reported)).await;
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

    let told = world
        .published::<pb::QualityCaseOpened>(&failed.id.to_string())
        .await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].case_id, case.case_id);
    assert_eq!(told[0].cause(), pb::CaseCause::Failed);
    assert_eq!(told[0].by, Some(system()));
    assert_eq!(told[0].at, Some(failed.at(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_an_order_cancelled_before_assignment_has_a_case_without_a_worker() {
    let world = World::start().await;
    let order = Order::new();
    world.take(&OnOrder, &order.placed()).await;
    world.take(&OnOrder, &order.assigned()).await;
    world.take(&OnOrder, &order.unassigned()).await;
    world.take(&OnOrder, &order.cancelled()).await;
    let case = world.case_of(&order).await.unwrap();
    assert_eq!(case.worker_id, "");
    let told = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(told[0].worker_id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_a_history_that_is_read_anew_changes_nothing() {
    let world = World::start().await;
    let order = Order::new();
    let case = world.fail(&order, FailureKind::NoShow).await;
    // With new event ids: as after the inbox forgot them.
    world.take(&OnOrder, &order.placed()).await;
    world.take(&OnOrder, &order.completed()).await;
    world.take(&OnOrder, &order.failed(FailureKind::NoShow)).await;
    assert_eq!(world.case_of(&order).await.unwrap().case_id, case.case_id);
    let told = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(told.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_only_completed_orders_without_a_case_are_drawn() {
    let world = World::start().await;
    let (waiting, running) = (Order::new(), Order::new());
    world.take(&OnOrder, &waiting.placed()).await;
    world.take(&OnOrder, &running.assigned()).await;
    world.take(&OnOrder, &running.started()).await;
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
    let told = world.published::<pb::QualityCaseOpened>(&drawn.order_id).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].by, Some(by(Role::Quality, world.quality)));
    assert_eq!(reason_of(&world.draw().await.unwrap_err()), "NOTHING_TO_DRAW");
    world.rate(&drawn.case_id, 5).await.unwrap();
    let closed = world.draw().await.unwrap_err();
    assert_eq!(reason_of(&closed), "NOTHING_TO_DRAW", "reviewed once is reviewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_draws_at_once_never_open_the_same_order_and_leave_none_out() {
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
async fn a2_a_draw_is_at_random_and_not_by_age() {
    let world = World::start().await;
    for _ in 0..20 {
        world.complete(&Order::new()).await;
    }
    let mut drawn = vec![];
    for _ in 0..20 {
        let order: Uuid = world.draw().await.unwrap().order_id.parse().unwrap();
        drawn.push(order);
    }
    // Once in 20! runs, chance sorts them, or once more the other way round.
    assert!(!drawn.is_sorted(), "the oldest first");
    assert!(!drawn.iter().rev().is_sorted(), "the newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_of_openers_of_one_completed_order_at_once_exactly_one_wins() {
    let world = World::start().await;
    let order = Order::new();
    world.take(&OnOrder, &order.placed()).await;
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
    let told = world
        .published::<pb::QualityCaseOpened>(&order.id.to_string())
        .await;
    assert_eq!(told.len(), 1);
    let unknown = world.open_case(&Order::new()).await.unwrap_err();
    assert_eq!(reason_of(&unknown), "ORDER_NOT_REVIEWABLE");
}
