//! O2, A1, G3, G5: placing orders, quotes and lists.

use orders_contract::v1 as pb;
use svc_orders::domain::service_type::ServiceType;
use test_support::{authorised, reason_of};
use tonic::Code;

use crate::support::{World, hour, id, service_type};

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
async fn o2_a_quote_shows_the_price_and_whether_a_worker_is_free() {
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
    let before = quote(hour(1)).await;
    let price = before.offering.unwrap().approximate_price.unwrap();
    assert_eq!(
        (price.total.unwrap().minor_units, before.worker_free),
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
