//! C2: the life of a kit, on the real thing.

use consumables_contract::v1 as pb;
use test_support::{authorised, reason_of};
use uuid::Uuid;

use crate::support::{House, id};

async fn stocked() -> House {
    let house = House::open().await;
    for code in ["cloth", "soap"] {
        house.create(code, 0).await;
        house.receive(code, 10).await;
    }
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_kit_is_taken_packed_made_ready_and_issued_and_its_materials_leave_the_building() {
    let house = stocked().await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    let material = house.material("cloth").await;
    assert_eq!((material.on_hand, material.reserved, material.free), (10, 2, 8));
    assert_eq!(
        reason_of(&house.ready(&kit).await.unwrap_err()),
        "KIT_WRONG_STATE"
    );
    let taken = house.take(&kit).await.unwrap();
    assert_eq!(taken.collector_name, "Галина");
    house.mark_cookie(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    let refused = house.issue(&kit, Uuid::new_v4(), "").await.unwrap_err();
    assert_eq!(reason_of(&refused), "KIT_FOR_ANOTHER_WORKER");
    let issued = house.issue(&kit, order.worker, "").await.unwrap();
    assert_eq!(issued.state(), pb::KitState::Issued);
    let material = house.material("cloth").await;
    assert_eq!((material.on_hand, material.reserved), (8, 0));

    assert_eq!(house.hears::<pb::KitCollecting>(1).await.len(), 1);
    assert_eq!(
        house.hears::<pb::KitReady>(1).await[0].worker_id,
        order.worker.to_string()
    );
    assert!(house.hears::<pb::KitIssued>(1).await[0].with_cookie);
    let request = pb::GetKitRequest { kit_id: kit.kit_id };
    let story = house.api().get_kit(house.staff(request)).await.unwrap();
    let steps: Vec<String> = story
        .into_inner()
        .kit
        .unwrap()
        .steps
        .into_iter()
        .map(|step| step.what)
        .collect();
    assert_eq!(steps, ["requested", "collecting", "ready", "issued"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_an_order_that_ends_before_the_issue_cancels_the_kit_and_others_get_its_materials() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    house.create("soap", 0).await;
    house.receive("cloth", 2).await;
    house.receive("soap", 2).await;
    let (first, second) = (house.order("Анна"), house.order("Вера"));
    let kit = house.assigned(&first).await;
    let waiting = house.assigned(&second).await;
    assert_eq!(waiting.items[0].short, 2);
    house.take(&kit).await.unwrap();
    house.mark_cookie(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    house.tell(&first.cancelled(3)).await;
    house
        .kit(&first, |kit| kit.state() == pb::KitState::Cancelled)
        .await;
    let filled = house
        .kit(&second, |kit| kit.items.iter().all(|item| item.short == 0))
        .await;
    assert_eq!(filled.kit_id, waiting.kit_id);
    house.tell(&second.failed(3)).await;
    house
        .kit(&second, |kit| kit.state() == pb::KitState::Cancelled)
        .await;
    let material = house.material("cloth").await;
    assert_eq!((material.on_hand, material.reserved), (2, 0));
    assert_eq!(house.hears::<pb::KitCancelled>(2).await.len(), 2);
    assert_eq!(reason_of(&house.take(&kit).await.unwrap_err()), "KIT_WRONG_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_an_order_that_ends_after_the_issue_leaves_the_kit_with_the_worker_who_may_bring_back_the_rest() {
    let house = stocked().await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    house.take(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    house
        .issue(&kit, order.worker, "the bakery is slow")
        .await
        .unwrap();
    house.tell(&order.cancelled(3)).await;
    // The next order of the same topic went through, so the cancellation did before it, or doesn't
    // matter.
    house.assigned(&house.order("Вера")).await;
    assert_eq!(house.kits(&order).await[0].state(), pb::KitState::Issued);
    let bring_back = |quantity| pb::ReturnMaterialsRequest {
        request_id: id(),
        kit_id: kit.kit_id.clone(),
        material_code: "cloth".to_owned(),
        quantity,
    };
    let material = house
        .api()
        .return_materials(house.staff(bring_back(2)))
        .await
        .unwrap();
    assert_eq!(material.into_inner().material.unwrap().on_hand, 10);
    let refused = house
        .api()
        .return_materials(house.staff(bring_back(1)))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_ENOUGH_STOCK");
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_another_worker_takes_over_the_kit_and_hears_that_it_is_ready() {
    let house = stocked().await;
    let mut order = house.order("Анна");
    let kit = house.assigned(&order).await;
    house.take(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    order.worker = Uuid::new_v4();
    house.tell(&order.assigned(3)).await;
    let worker = order.worker.to_string();
    house.kit(&order, |kit| kit.worker_id == worker).await;
    let told = house.hears::<pb::KitReady>(2).await;
    assert_eq!(told[1].worker_id, worker);
    house.issue(&kit, order.worker, "none came").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_an_order_that_loses_its_worker_loses_its_kit_and_the_next_one_gets_a_new_one_but_no_second_cookie()
 {
    let house = stocked().await;
    let mut order = house.order("Анна");
    let kit = house.assigned(&order).await;
    house.hears::<pb::CookieOrdered>(1).await;
    house.tell(&order.unassigned(3)).await;
    house
        .kit(&order, |kit| kit.state() == pb::KitState::Cancelled)
        .await;
    order.worker = Uuid::new_v4();
    house.tell(&order.assigned(4)).await;
    let next = house
        .kit(&order, |kit| kit.state() == pb::KitState::Requested)
        .await;
    assert_ne!(next.kit_id, kit.kit_id);
    assert!(next.cookie.is_some());
    house.take(&next).await.unwrap();
    house.mark_cookie(&next).await.unwrap();
    assert_eq!(crate::c3_cookie::cookies_ordered(&house).await, 1);
    let refused = house.mark_cookie(&kit).await.unwrap_err();
    assert_eq!(reason_of(&refused), "KIT_WRONG_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_request_gives_the_first_answer_and_other_contents_are_refused() {
    let house = stocked().await;
    let mut request = pb::ReceiveStockRequest {
        request_id: id(),
        material_code: "cloth".to_owned(),
        quantity: 5,
        reason: String::new(),
    };
    for _ in 0..2 {
        let answer = house
            .api()
            .receive_stock(house.staff(request.clone()))
            .await
            .unwrap();
        assert_eq!(answer.into_inner().material.unwrap().on_hand, 15);
    }
    request.quantity = 6;
    let refused = house.api().receive_stock(house.staff(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");
    assert_eq!(house.material("cloth").await.on_hand, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_two_employees_race_for_a_kit_and_one_wins() {
    let house = stocked().await;
    let colleague = Uuid::new_v4();
    let request = pb::RegisterEmployeeRequest {
        request_id: id(),
        employee_id: colleague.to_string(),
        name: "Дмитрий".to_owned(),
    };
    let root = house.tokens.root(Uuid::new_v4());
    house
        .api()
        .register_employee(authorised(request, &root))
        .await
        .unwrap();
    let kit = house.assigned(&house.order("Анна")).await;
    let take = |who: Uuid| {
        let request = pb::TakeKitRequest {
            request_id: id(),
            kit_id: kit.kit_id.clone(),
            take_over: false,
        };
        let request = authorised(request, &house.tokens.consumables(who));
        let mut api = house.api();
        async move { api.take_kit(request).await }
    };
    let (one, other) = tokio::join!(take(house.employee), take(colleague));
    assert!(one.is_ok() != other.is_ok());
    let refused = one.err().or(other.err()).unwrap();
    assert_eq!(reason_of(&refused), "KIT_TAKEN");
}
