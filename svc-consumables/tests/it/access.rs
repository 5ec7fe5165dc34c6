//! Who may call what: every method against every role, and employees who are none.

use consumables_contract::v1 as pb;
use conventions::Role;
use std::time::Duration;
use test_support::{authorised, reason_of};
use tonic::Code;
use uuid::Uuid;

use crate::support::{House, id};

#[tokio::test(flavor = "multi_thread")]
async fn every_method_refuses_every_role_that_its_policy_does_not_name() {
    let house = House::open().await;
    let roles = [
        Role::Client,
        Role::Worker,
        Role::Candidate,
        Role::Manager,
        Role::Quality,
        Role::Consumables,
        Role::Root,
        Role::Service,
    ];
    for method in consumables_contract::METHODS {
        for role in roles {
            let token = house.tokens.sign(&[role], Uuid::new_v4(), Duration::from_mins(1));
            let mut grpc = tonic::client::Grpc::new(house.channel.clone());
            grpc.ready().await.unwrap();
            // An empty request is invalid for most methods, but access is judged before shape.
            let codec = tonic_prost::ProstCodec::<(), ()>::default();
            let answer = grpc
                .server_streaming(authorised((), &token), method.path.parse().unwrap(), codec)
                .await;
            let code = answer.err().map(|status| status.code());
            if method.roles.contains(&role) {
                // Not the role: the shape, or an employee who isn't registered.
                assert_ne!(code, Some(Code::Unauthenticated), "{} {role:?}", method.path);
            } else {
                assert_eq!(code, Some(Code::PermissionDenied), "{} {role:?}", method.path);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_alone_makes_nobody_an_employee_and_a_deactivated_one_can_do_nothing() {
    let house = House::open().await;
    house.create("cloth", 0).await;
    let stranger = house.tokens.consumables(Uuid::new_v4());
    let list = || pb::ListKitsRequest::default();
    let refused = house
        .api()
        .list_kits(authorised(list(), &stranger))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "EMPLOYEE_NOT_ACTIVE");

    let request = pb::UpdateEmployeeRequest {
        request_id: id(),
        employee_id: house.employee.to_string(),
        name: "Галина".to_owned(),
        active: false,
    };
    let manager = house.tokens.manager(Uuid::new_v4());
    house
        .api()
        .update_employee(authorised(request, &manager))
        .await
        .unwrap();
    let refused = house.api().list_kits(house.staff(list())).await.unwrap_err();
    assert_eq!(reason_of(&refused), "EMPLOYEE_NOT_ACTIVE");
    house.api().list_kits(authorised(list(), &manager)).await.unwrap();

    // A second role helps only where the method admits it as staff.
    let with = |role| {
        let roles = [Role::Consumables, role];
        house.tokens.sign(&roles, house.employee, Duration::from_mins(1))
    };
    for role in [Role::Client, Role::Worker, Role::Candidate] {
        let refused = house
            .api()
            .list_kits(authorised(list(), &with(role)))
            .await
            .unwrap_err();
        assert_eq!(reason_of(&refused), "EMPLOYEE_NOT_ACTIVE", "{role:?}");
    }
    let also_manager = with(Role::Manager);
    house
        .api()
        .list_kits(authorised(list(), &also_manager))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_who_was_an_employee_sees_the_own_kit_and_no_other() {
    let house = House::open().await;
    let own = house.order("Анна");
    let kits = [
        house.assigned(&own).await,
        house.assigned(&house.order("Вера")).await,
    ];
    let roles = [Role::Worker, Role::Consumables];
    let token = house.tokens.sign(&roles, own.worker, Duration::from_mins(1));
    let get = async |kit: &pb::Kit| {
        let request = pb::GetKitRequest {
            kit_id: kit.kit_id.clone(),
        };
        house.api().get_kit(authorised(request, &token)).await
    };
    get(&kits[0]).await.unwrap();
    let refused = get(&kits[1]).await.unwrap_err();
    assert_eq!(reason_of(&refused), "EMPLOYEE_NOT_ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_sees_the_own_kit_and_no_other() {
    let house = House::open().await;
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    let get = || pb::GetKitRequest {
        kit_id: kit.kit_id.clone(),
    };
    let own = house.tokens.worker(order.worker);
    house.api().get_kit(authorised(get(), &own)).await.unwrap();
    let other = house.tokens.worker(Uuid::new_v4());
    let refused = house.api().get_kit(authorised(get(), &other)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "KIT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_its_rules_never_reaches_a_handler() {
    let house = House::open().await;
    let request = pb::ReceiveStockRequest {
        request_id: id(),
        material_code: "Not A Code".to_owned(),
        quantity: -1,
        reason: String::new(),
    };
    let refused = house.api().receive_stock(house.staff(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
