//! Access to orders and commands.

use orders_contract::v1 as pb;
use test_support::{authorised, reason_of};
use tonic::Code;

use crate::support::{PNG, World, hour, id};

#[tokio::test(flavor = "multi_thread")]
async fn o3_an_order_of_another_client_or_worker_is_not_found_by_any_call() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    world.worker().await;
    let order = world.place(&client, &client_token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let (_, other_client) = world.client().await;
    let (_, other_worker) = world.worker().await;
    let order_id = || order.clone();
    for stranger in [&other_client, &other_worker] {
        let request = authorised(pb::GetOrderRequest { order_id: order_id() }, stranger);
        let refused = world.orders().get_order(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::NotFound, "ORDER_NOT_FOUND")
        );
        let failure = pb::ReportFailureRequest {
            request_id: id(),
            order_id: order_id(),
            reason: "x".into(),
        };
        let refused = world
            .orders()
            .report_failure(authorised(failure, stranger))
            .await
            .unwrap_err();
        assert_eq!(reason_of(&refused), "ORDER_NOT_FOUND");
    }
    let cancel = pb::CancelOrderRequest {
        request_id: id(),
        order_id: order_id(),
        reason: String::new(),
    };
    let refused = world
        .orders()
        .cancel_order(authorised(cancel, &other_client))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "ORDER_NOT_FOUND");
    let refused = world.upload(&order, &other_worker, PNG).await.unwrap_err();
    assert_eq!(reason_of(&refused), "ORDER_NOT_FOUND");
    let start = pb::StartWorkRequest {
        request_id: id(),
        order_id: order_id(),
        photo_id: id(),
    };
    let refused = world
        .orders()
        .start_work(authorised(start, &other_worker))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "ORDER_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_clients_and_workers_list_their_own_orders_only() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (other, other_token) = world.client().await;
    let (worker, worker_token) = world.worker().await;
    let mine = world.place(&client, &token, hour(1)).await;
    let theirs = world.place(&other, &other_token, hour(3)).await;
    world.until(&mine, pb::OrderState::Assigned).await;
    world.until(&theirs, pb::OrderState::Assigned).await;
    let list = async |request: pb::ListOrdersRequest, token: &str| {
        let orders = world
            .orders()
            .list_orders(authorised(request, token))
            .await?
            .into_inner()
            .orders;
        Ok::<_, tonic::Status>(orders.into_iter().map(|order| order.order_id).collect::<Vec<_>>())
    };
    let all = pb::ListOrdersRequest::default;
    assert_eq!(list(all(), &token).await.unwrap(), std::slice::from_ref(&mine));
    assert_eq!(
        list(all(), &worker_token).await.unwrap(),
        [theirs.clone(), mine.clone()]
    );
    assert_eq!(
        list(all(), &world.tokens.manager(id())).await.unwrap(),
        [theirs.clone(), mine]
    );
    let of_worker = pb::ListOrdersRequest {
        worker_id: worker.to_string(),
        ..all()
    };
    assert_eq!(list(of_worker, &other_token).await.unwrap(), [theirs]);
    let of_other = pb::ListOrdersRequest {
        client_id: other,
        ..all()
    };
    assert_eq!(reason_of(&list(of_other, &token).await.unwrap_err()), "NOT_YOURS");
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_why_a_worker_was_chosen_is_shown_to_managers_only() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let order = world.place(&client, &token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    for token in [&token, &worker_token] {
        let request = authorised(
            pb::GetOrderRequest {
                order_id: order.clone(),
            },
            token,
        );
        let seen = world
            .orders()
            .get_order(request)
            .await
            .unwrap()
            .into_inner()
            .order
            .unwrap();
        let assignment = seen.assignment.unwrap();
        assert!(assignment.reasons.is_empty() && assignment.pipeline.is_empty());
    }
    assert!(
        !world
            .get(&order)
            .await
            .order
            .unwrap()
            .assignment
            .unwrap()
            .reasons
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_a_balance_that_billing_has_not_published_is_zero_without_a_time() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let request = pb::GetBalanceRequest { owner_id: client };
    let balance = world
        .orders()
        .get_balance(authorised(request, &token))
        .await
        .unwrap()
        .into_inner()
        .balance
        .unwrap();
    assert_eq!((balance.balance.unwrap().minor_units, balance.as_of), (0, None));
    let request = pb::GetBalanceRequest { owner_id: id() };
    let refused = world
        .orders()
        .get_balance(authorised(request, &token))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_YOURS");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_refused_to_roles_that_the_contract_does_not_name() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let place = world.order(&client, hour(1));
    let refused = world
        .orders()
        .place_order(world.as_manager(place.clone()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = world
        .orders()
        .place_order(tonic::Request::new(place))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let suspend = pb::SuspendWorkerRequest {
        request_id: id(),
        worker_id: id(),
        reason: "x".into(),
    };
    let refused = world
        .workers()
        .suspend_worker(authorised(suspend, &token))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
