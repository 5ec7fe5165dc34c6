//! A3: an order's history, notes, the closing form, and the worker's record.

use admin_contract::v1 as pb;
use conventions::Role;
use futures::future::join_all;
use orders_contract::v1::FailureKind;
use svc_admin::events::{OnKit, OnOrder};
use test_support::reason_of;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::samples::{self, Order, by, roubles, system};
use crate::support::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_case_shows_the_whole_history_of_its_order() {
    let world = World::start().await;
    let order = Order::new();
    world.deliver(&OnOrder, &order.placed()).await;
    world.deliver(&OnOrder, &order.assigned()).await;
    world.deliver(&OnOrder, &order.started()).await;
    // Kits have their own topic: their events arrive in another order than they happened.
    world.deliver(&OnKit, &order.kit_issued_without_cookie(23)).await;
    world.deliver(&OnKit, &order.cookie_ordered(21)).await;
    world.deliver(&OnKit, &order.kit_ready(22)).await;
    world
        .deliver(&OnOrder, &order.failed(FailureKind::Reported))
        .await;

    let case = world.case_of(&order).await.unwrap();
    assert_eq!(case.story, [], "lists do not include the history");
    let case = world.get_case(&case.case_id).await.unwrap();
    let published: Vec<_> = case.story.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(
        published,
        [
            "OrderPlaced",
            "OrderAssigned",
            "OrderStarted",
            "OrderFailed",
            "CookieOrdered",
            "KitReady",
            "KitIssued"
        ],
        "in the order in which the events happened"
    );
    let [placed, assigned, started, failed, _, ready, issued] = case.story.as_slice() else {
        panic!("{published:?}")
    };
    assert_eq!((placed.at, &placed.by), (Some(order.at(1)), &Some(system())));
    assert_eq!((&placed.price, placed.photo_id.as_str()), (&None, ""));
    assert_eq!(assigned.price, Some(roubles(9_500)));
    assert_eq!(started.photo_id, order.photo.to_string());
    assert_eq!(failed.detail, "the window broke");
    assert_eq!(ready.by, Some(by(Role::Consumables, Uuid::from_u128(5))));
    assert_eq!(issued.detail, "burnt");

    let shown = case.order.unwrap();
    let summary = order.summary();
    assert_eq!(shown.client_id, order.client.to_string());
    assert_eq!(
        (shown.description, shown.place, shown.slot),
        (summary.description, summary.place, summary.slot)
    );
    let missing = world.get_case(&id()).await.unwrap_err();
    assert_eq!(
        (missing.code(), reason_of(&missing).as_str()),
        (Code::NotFound, "CASE_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_only_open_cases_take_notes() {
    let world = World::start().await;
    let case = world.fail(&Order::new(), FailureKind::Reported).await;
    let called = world
        .note(&case.case_id, "Called, no answer", true)
        .await
        .unwrap();
    let wrote = world
        .note(&case.case_id, "Asked the worker", false)
        .await
        .unwrap();
    assert_eq!(called.by, Some(by(Role::Quality, world.quality)));
    let shown = world.get_case(&case.case_id).await.unwrap();
    assert_eq!(shown.notes, [called, wrote], "oldest first");

    world.rate(&case.case_id, 3).await.unwrap();
    let late = world
        .note(&case.case_id, "One more thing", false)
        .await
        .unwrap_err();
    assert_eq!(
        (late.code(), reason_of(&late).as_str()),
        (Code::FailedPrecondition, "CASE_CLOSED")
    );
    let nowhere = world.note(&id(), "?", false).await.unwrap_err();
    assert_eq!(reason_of(&nowhere), "CASE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_closing_is_final_and_is_published_with_conclusion_and_rating() {
    let world = World::start().await;
    let order = Order::new();
    let case = world.fail(&order, FailureKind::NoShow).await;
    let closed = world.rate(&case.case_id, 2).await.unwrap();
    assert_eq!(closed.state(), pb::CaseState::Closed);
    assert_eq!(closed.form, Some(samples::form(2)));
    assert_eq!(world.get_case(&case.case_id).await.unwrap(), closed);

    let published = world
        .published::<pb::QualityCaseClosed>(&order.id.to_string())
        .await;
    let expected = pb::QualityCaseClosed {
        order_id: order.id.to_string(),
        case_id: case.case_id.clone(),
        client_id: order.client.to_string(),
        worker_id: order.worker.to_string(),
        service_type_name: "Window cleaning".to_owned(),
        verdict: pb::Verdict::CompanyAtFault.into(),
        conclusion: "We are sorry.".to_owned(),
        rating: 2,
        at: closed.closed_at,
        by: Some(by(Role::Quality, world.quality)),
    };
    assert_eq!(published, [expected], "the root cause is not published");

    let again = world.rate(&case.case_id, 5).await.unwrap_err();
    assert_eq!(reason_of(&again), "CASE_CLOSED");
    assert_eq!(
        reason_of(&world.rate(&id(), 5).await.unwrap_err()),
        "CASE_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_of_concurrent_calls_to_close_a_case_exactly_one_succeeds() {
    let world = World::start().await;
    let order = Order::new();
    let case = world.fail(&order, FailureKind::Reported).await;
    let closed = join_all((1..=5).map(|rating| world.rate(&case.case_id, rating))).await;
    assert_eq!(closed.iter().filter(|closed| closed.is_ok()).count(), 1);
    let winner = closed.iter().find_map(|closed| closed.as_ref().ok()).unwrap();
    for refused in closed.iter().filter_map(|closed| closed.as_ref().err()) {
        assert_eq!(reason_of(refused), "CASE_CLOSED");
    }
    let published = world
        .published::<pb::QualityCaseClosed>(&order.id.to_string())
        .await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].rating, winner.form.as_ref().unwrap().rating);
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_work_is_rated_from_1_to_5_and_an_order_without_a_worker_is_not_rated() {
    let world = World::start().await;
    let assigned = world.fail(&Order::new(), FailureKind::Reported).await;
    let unassigned = Order::new();
    world.deliver(&OnOrder, &unassigned.cancelled()).await;
    let unassigned = world.case_of(&unassigned).await.unwrap();
    for (case, rating) in [(&assigned, 0), (&assigned, 6), (&assigned, -1), (&unassigned, 1)] {
        let refused = world.rate(&case.case_id, rating).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{rating}");
        let details = refused.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, "form.rating");
    }
    let mut unsaid = samples::form(3);
    unsaid.verdict = pb::Verdict::Unspecified.into();
    let refused = world.close_case(&assigned.case_id, unsaid).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);

    let closed = world.rate(&unassigned.case_id, 0).await.unwrap();
    let published = world.published::<pb::QualityCaseClosed>(&closed.order_id).await;
    assert_eq!((published[0].rating, published[0].worker_id.as_str()), (0, ""));
    world.rate(&assigned.case_id, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_worker_s_record_counts_only_that_worker_s_orders_and_ratings() {
    let world = World::start().await;
    let worker = Uuid::new_v4();
    let of = || Order::of(worker);
    world.deliver(&OnOrder, &of().assigned()).await;
    world.complete(&of()).await;
    let reviewed = of();
    world.complete(&reviewed).await;
    let reviewed = world.open_case(&reviewed).await.unwrap();
    world.rate(&reviewed.case_id, 5).await.unwrap();
    let cancelled = of();
    world
        .deliver(&OnOrder, &cancelled.cancelled_after_assignment())
        .await;
    world.fail(&of(), FailureKind::Reported).await;
    world.complete(&Order::new()).await;
    // The order lost its worker and does not count.
    let lost = of();
    world.deliver(&OnOrder, &lost.assigned()).await;
    world.deliver(&OnOrder, &lost.unassigned()).await;

    let case = world.fail(&of(), FailureKind::NoShow).await;
    let closed = world.rate(&case.case_id, 1).await.unwrap();
    let expected = pb::WorkerRecord {
        assigned: 6,
        completed: 2,
        cancelled: 1,
        failed: 2,
        no_shows: 1,
        rated: 2,
        ratings_sum: 6,
    };
    assert_eq!(closed.worker_record, Some(expected));
}
