//! O2, O3, O7: an order's life through the real service.

use chrono::TimeDelta;
use orders_contract::v1 as pb;
use svc_orders::domain::service_type::ServiceType;
use test_support::{authorised, eventually, reason_of};
use tonic::Code;

use crate::support::{BOUND, PNG, World, hour, id, service_type, soon};

#[tokio::test(flavor = "multi_thread")]
async fn o3_an_order_is_placed_assigned_started_and_completed_and_its_history_says_by_whom() {
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

    let start = world.upload(&order, &worker_token, PNG).await.unwrap();
    let request = pb::StartWorkRequest {
        request_id: id(),
        order_id: order.clone(),
        photo_id: start.photo_id.clone(),
    };
    world
        .orders()
        .start_work(authorised(request, &worker_token))
        .await
        .unwrap();
    let report = world
        .upload(&order, &worker_token, b"\xFF\xD8\xFF report")
        .await
        .unwrap();
    let request = pb::CompleteWorkRequest {
        request_id: id(),
        order_id: order.clone(),
        photo_id: report.photo_id.clone(),
    };
    world
        .orders()
        .complete_work(authorised(request, &worker_token))
        .await
        .unwrap();

    let pb::GetOrderResponse { order, history } = world.get(&order).await;
    let order = order.unwrap();
    assert_eq!(order.state(), pb::OrderState::Completed);
    assert_eq!(
        (order.start_photo_id, order.report_photo_id),
        (start.photo_id, report.photo_id)
    );
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
async fn o3_a_worker_who_does_not_come_within_the_grace_period_is_a_no_show() {
    let world = World::start().await;
    let patient = ServiceType {
        version: 2,
        grace: TimeDelta::milliseconds(300),
        ..service_type(world.service)
    };
    world.offer(&patient).await;
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
async fn o7_a_repeat_goes_to_another_worker_and_back_to_the_same_where_there_is_no_other() {
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

#[tokio::test(flavor = "multi_thread")]
async fn o2_only_an_active_service_type_and_a_future_slot_can_be_ordered() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let refusal = async |request: pb::PlaceOrderRequest| {
        let status = world
            .orders()
            .place_order(authorised(request, &token))
            .await
            .unwrap_err();
        (status.code(), reason_of(&status))
    };
    let begun = refusal(world.order(&client, hour(-1))).await;
    assert_eq!(begun, (Code::InvalidArgument, "INVALID_FIELD".to_owned()));
    let unknown = pb::PlaceOrderRequest {
        service_type_id: id(),
        ..world.order(&client, hour(1))
    };
    assert_eq!(
        refusal(unknown).await,
        (Code::NotFound, "SERVICE_TYPE_NOT_FOUND".to_owned())
    );
    world
        .offer(&ServiceType {
            version: 2,
            active: false,
            ..service_type(world.service)
        })
        .await;
    let archived = refusal(world.order(&client, hour(1))).await;
    assert_eq!(
        archived,
        (Code::FailedPrecondition, "SERVICE_TYPE_NOT_ACTIVE".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_order_keeps_the_version_of_the_service_type_that_it_was_placed_with() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let order = world.place(&client, &token, hour(1)).await;
    let mut dearer = service_type(world.service);
    dearer.version = 2;
    dearer.base_price = money::Money::new(99_900, money::Currency::RUB);
    world.offer(&dearer).await;
    world.worker().await;
    let assigned = world.until(&order, pb::OrderState::Assigned).await;
    assert_eq!(assigned.summary.unwrap().service_type_version, 1);
    assert_eq!(
        assigned
            .assignment
            .unwrap()
            .price
            .unwrap()
            .total
            .unwrap()
            .minor_units,
        10_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o2_a_quote_shows_the_price_and_whether_somebody_is_free() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let quote = async |slot| {
        let request = pb::QuoteOrderRequest {
            client_id: client.clone(),
            service_type_id: world.service.to_string(),
            slot: Some(slot),
        };
        world
            .orders()
            .quote_order(authorised(request, &token))
            .await
            .unwrap()
            .into_inner()
    };
    let nobody = quote(hour(1)).await;
    let price = nobody.offering.unwrap().approximate_price.unwrap();
    assert_eq!(
        (price.total.unwrap().minor_units, nobody.worker_free),
        (10_000, false)
    );
    world.worker().await;
    assert!(quote(hour(1)).await.worker_free);
    let order = world.place(&client, &token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    assert!(!quote(hour(1)).await.worker_free);
    assert!(quote(hour(4)).await.worker_free);
    let request = pb::ListOfferingsRequest {
        client_id: client.clone(),
        page_size: 0,
        page_token: String::new(),
    };
    let offered = world
        .orders()
        .list_offerings(authorised(request, &token))
        .await
        .unwrap()
        .into_inner()
        .offerings;
    assert_eq!(offered.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_request_gives_the_first_answer_and_other_contents_are_refused() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let request = world.order(&client, hour(1));
    let first = world
        .orders()
        .place_order(authorised(request.clone(), &token))
        .await
        .unwrap()
        .into_inner();
    world
        .until(&first.order.as_ref().unwrap().order_id, pb::OrderState::Placed)
        .await;
    let again = world
        .orders()
        .place_order(authorised(request.clone(), &token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, first);
    let other = pb::PlaceOrderRequest {
        place: "elsewhere".into(),
        ..request
    };
    let refused = world
        .orders()
        .place_order(authorised(other, &token))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::Aborted, "REQUEST_ID_REUSED")
    );
    let all = pb::ListOrdersRequest::default();
    let orders = world
        .orders()
        .list_orders(authorised(all, &token))
        .await
        .unwrap()
        .into_inner()
        .orders;
    assert_eq!(orders.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_orders_are_paged_newest_first_and_filtered_by_state() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let mut placed = Vec::new();
    for from_now in 1..=5 {
        placed.push(world.place(&client, &token, hour(from_now)).await);
    }
    let (mut page_token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = pb::ListOrdersRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = world
            .orders()
            .list_orders(authorised(request, &token))
            .await
            .unwrap()
            .into_inner();
        assert!(page.orders.len() <= 2);
        seen.extend(page.orders.into_iter().map(|order| order.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    placed.reverse();
    assert_eq!(seen, placed);
    let completed = pb::ListOrdersRequest {
        states: vec![pb::OrderState::Completed.into()],
        ..Default::default()
    };
    let none = world
        .orders()
        .list_orders(authorised(completed, &token))
        .await
        .unwrap()
        .into_inner();
    assert!(none.orders.is_empty());
    let nonsense = pb::ListOrdersRequest {
        page_token: "nonsense".into(),
        ..Default::default()
    };
    let refused = world
        .orders()
        .list_orders(authorised(nonsense, &token))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
