//! C1: an assigned order gets its kit.

use consumables_contract::v1 as pb;
use test_support::{authorised, reason_of};
use uuid::Uuid;

use crate::support::{House, id};

#[tokio::test(flavor = "multi_thread")]
async fn c1_an_assigned_order_gets_a_kit_with_materials_form_and_cookie() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.receive("cloth", 10).await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    assert_eq!(kit.client_name, "Анна");
    assert_eq!(kit.worker_name, "Борис");
    assert!(kit.acceptance_form.contains("Three windows"));
    assert!(kit.cookie.is_some());
    let items: Vec<_> = kit
        .items
        .iter()
        .map(|item| (item.material_code.as_str(), item.quantity, item.short))
        .collect();
    // Nobody had created "soap": it appeared under its code, and is short.
    assert_eq!(items, [("cloth", 2, 0), ("soap", 1, 1)]);
    let told = house.hears::<pb::KitRequested>(1).await;
    assert_eq!(told[0].items, kit.items);
    assert_eq!(told[0].worker_id, order.worker.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_an_order_whose_service_type_is_not_known_yet_waits_and_then_gets_its_kit() {
    let house = House::open().await;
    let mut order = house.order("Анна");
    let later = Uuid::new_v4();
    order.summary.service_type_id = later.to_string();
    house.tell(&order.assigned(2)).await;
    // Another order goes through in the meantime: only the key waits.
    house.assigned(&house.order("Вера")).await;
    assert_eq!(house.kits(&order).await, []);
    let mut state = house.service_type_state(1, &[("soap", 1)]);
    state.service_type_id = later.to_string();
    house.tell(&state).await;
    let kit = house.kit(&order, |_| true).await;
    assert_eq!(kit.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_worker_asks_for_more_before_and_after_the_issue_and_only_for_own_orders() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.create("gloves", 0).await;
    house.receive("cloth", 10).await;
    house.receive("gloves", 10).await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    let ask = |worker: Uuid, pieces: i64| pb::RequestMaterialsRequest {
        request_id: id(),
        worker_id: worker.to_string(),
        order_id: order.id.to_string(),
        materials: vec![pb::MaterialQuantity {
            material_code: "gloves".to_owned(),
            quantity: pieces,
        }],
    };
    let token = house.tokens.worker(order.worker);

    let extended = house
        .api()
        .request_materials(authorised(ask(order.worker, 1), &token))
        .await;
    let extended = extended.unwrap().into_inner().kit.unwrap();
    assert_eq!(extended.kit_id, kit.kit_id);
    assert_eq!(extended.items.len(), 3);

    let stranger = Uuid::new_v4();
    let token_of_stranger = house.tokens.worker(stranger);
    let refused = house
        .api()
        .request_materials(authorised(ask(stranger, 1), &token_of_stranger))
        .await;
    assert_eq!(reason_of(&refused.unwrap_err()), "ORDER_NOT_FOUND");
    let refused = house
        .api()
        .request_materials(authorised(ask(order.worker, 1), &token_of_stranger))
        .await;
    assert_eq!(reason_of(&refused.unwrap_err()), "NOT_YOURS");

    house.receive("soap", 1).await;
    house.take(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    house.issue(&kit, order.worker, "no time").await.unwrap();
    let further = house
        .api()
        .request_materials(authorised(ask(order.worker, 2), &token))
        .await;
    let further = further.unwrap().into_inner().kit.unwrap();
    assert_ne!(further.kit_id, kit.kit_id);
    assert_eq!(further.cookie, None, "one cookie per order");
    assert_eq!(further.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_an_assignment_that_is_told_again_or_late_makes_no_second_kit() {
    let house = House::open().await;
    let order = house.order("Анна");
    house.tell(&order.assigned(2)).await;
    house.tell(&order.assigned(2)).await;
    house.kit(&order, |_| true).await;
    house.tell(&order.cancelled(3)).await;
    house
        .kit(&order, |kit| kit.state() == pb::KitState::Cancelled)
        .await;
    house.tell(&order.assigned(2)).await;
    house.tell(&order.assigned(4)).await;
    // Enough later orders to be on every partition: what was told before them has been heard.
    for number in 0..6 {
        house.assigned(&house.order(&format!("Client {number}"))).await;
    }
    assert_eq!(house.kits(&order).await.len(), 1);
}
