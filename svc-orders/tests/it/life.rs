//! O3, O4, O7: the life of an order in the running service.

use chrono::TimeDelta;
use orders_contract::v1 as pb;
use svc_orders::domain::service_type::ServiceType;
use test_support::{authorised, eventually, reason_of};
use tonic::Code;

use crate::support::{BOUND, World, hour, id, moment, service_type, soon};

#[tokio::test(flavor = "multi_thread")]
async fn o3_an_order_is_placed_assigned_started_and_completed_and_its_history_names_the_actors() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (worker, worker_token) = world.worker().await;
    let order = world.place(&client, &client_token, hour(1)).await;

    let assigned = world.until(&order, pb::OrderState::Assigned).await;
    let assignment = assigned.assignment.unwrap();
    let price = assignment.price.unwrap();
    assert_eq!(assignment.worker_id, worker.to_string());
    assert_eq!(
        (price.total.unwrap().minor_units, price.discount_percent),
        (10_000, 0)
    );
    assert_eq!(
        (assignment.pipeline.as_str(), assignment.pipeline_version),
        ("standard", 1)
    );
    assert!(!assignment.reasons.is_empty());

    let (start, report) = world.perform(&order, &worker_token).await;
    let pb::GetOrderResponse { order, history } = world.get(&order).await;
    let order = order.unwrap();
    assert_eq!(order.state(), pb::OrderState::Completed);
    assert_eq!((order.start_photo_id, order.report_photo_id), (start, report));
    let told: Vec<_> = history
        .iter()
        .map(|change| {
            (
                change.version,
                change.event.as_str(),
                change.by.as_ref().unwrap().id.as_str(),
            )
        })
        .collect();
    let worker = worker.to_string();
    let expected = [
        (1, "placed", client.as_str()),
        (2, "assigned", ""),
        (3, "started", &worker),
        (4, "completed", &worker),
    ];
    assert_eq!(told, expected);
    let request = pb::GetWorkerRequest { worker_id: worker };
    let worker = world
        .workers()
        .get_worker(world.as_manager(request))
        .await
        .unwrap()
        .into_inner()
        .worker
        .unwrap();
    assert_eq!((worker.completed, worker.failed), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn o3_a_cancelled_order_takes_no_further_command_and_names_its_state() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let order = world.place(&client, &token, hour(1)).await;
    let cancel = pb::CancelOrderRequest {
        request_id: id(),
        order_id: order.clone(),
        reason: "rain".into(),
    };
    let cancelled = world
        .orders()
        .cancel_order(authorised(cancel.clone(), &token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(cancelled.order.unwrap().reason, "rain");

    let again = pb::CancelOrderRequest {
        request_id: id(),
        ..cancel
    };
    let refused = world
        .orders()
        .cancel_order(authorised(again, &token))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE")
    );
    assert!(refused.message().contains("cancelled"), "{}", refused.message());
    let failure = pb::ReportFailureRequest {
        request_id: id(),
        order_id: order,
        reason: "late".into(),
    };
    let refused = world
        .orders()
        .report_failure(authorised(failure, &token))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "ORDER_NOT_FAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn o3_an_order_that_is_not_started_within_the_grace_period_is_a_no_show() {
    let world = World::start().await;
    let short_grace = ServiceType {
        version: 2,
        grace: TimeDelta::milliseconds(300),
        ..service_type(world.service)
    };
    world.offer(&short_grace).await;
    let (client, token) = world.client().await;
    let (worker, worker_token) = world.worker().await;
    let order = world.place(&client, &token, soon(1_000)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let failed = world.until(&order, pb::OrderState::Failed).await;
    assert_eq!(failed.failure_kind(), pb::FailureKind::NoShow);
    let history = world.get(&order).await.history;
    assert_eq!(
        history.last().unwrap().by.as_ref().unwrap().role(),
        conventions::Role::System
    );
    let request = pb::GetWorkerRequest {
        worker_id: worker.to_string(),
    };
    let worker = world
        .workers()
        .get_worker(authorised(request, &worker_token))
        .await
        .unwrap()
        .into_inner()
        .worker
        .unwrap();
    assert_eq!((worker.completed, worker.failed), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn o4_an_order_without_a_worker_until_the_end_of_its_slot_is_cancelled_by_the_system() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let order = world.place(&client, &token, moment(500)).await;
    let cancelled = world.until(&order, pb::OrderState::Cancelled).await;
    assert_eq!((cancelled.assignment, cancelled.reason.is_empty()), (None, false));
    let history = world.get(&order).await.history;
    let by = history.last().unwrap().by.clone().unwrap();
    assert_eq!(by.role(), conventions::Role::System);
}

#[tokio::test(flavor = "multi_thread")]
async fn o3_a_failure_is_reported_only_once_the_slot_has_begun() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    world.worker().await;
    let order = world.place(&client, &token, soon(1_500)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let report = || pb::ReportFailureRequest {
        request_id: id(),
        order_id: order.clone(),
        reason: "drunk".into(),
    };
    let early = world
        .orders()
        .report_failure(authorised(report(), &token))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&early), "SLOT_NOT_BEGUN");
    let failed = eventually(BOUND, async || {
        world
            .orders()
            .report_failure(authorised(report(), &token))
            .await
            .map_err(|status| reason_of(&status))
    })
    .await;
    let order = failed.into_inner().order.unwrap();
    assert_eq!(
        (order.failure_kind(), order.reason.as_str()),
        (pb::FailureKind::Reported, "drunk")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o7_a_repeat_goes_to_another_worker_if_there_is_one() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (first_worker, _) = world.worker().await;
    let repeat = async |order: &str, from_now: i64| {
        let cancel = pb::CancelOrderRequest {
            request_id: id(),
            order_id: order.to_owned(),
            reason: String::new(),
        };
        world
            .orders()
            .cancel_order(authorised(cancel, &token))
            .await
            .unwrap();
        let slot = Some(hour(from_now));
        let again = pb::RepeatOrderRequest {
            request_id: id(),
            order_id: order.to_owned(),
            slot,
        };
        let copy = world
            .orders()
            .repeat_order(authorised(again, &token))
            .await
            .unwrap()
            .into_inner()
            .order
            .unwrap();
        assert_eq!(copy.summary.unwrap().repeat_of, order);
        let assigned = world.until(&copy.order_id, pb::OrderState::Assigned).await;
        (copy.order_id, assigned.assignment.unwrap().worker_id)
    };
    let order = world.place(&client, &token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let (second, same) = repeat(&order, 3).await;
    assert_eq!(same, first_worker.to_string());
    let (other_worker, _) = world.worker().await;
    let (third, other) = repeat(&second, 5).await;
    assert_eq!(other, other_worker.to_string());
    let (_, first_again) = repeat(&third, 7).await;
    assert_eq!(first_again, first_worker.to_string());
}
