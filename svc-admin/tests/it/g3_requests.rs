//! G3: a repeated request gets the first answer and changes nothing.

use admin_contract::v1 as pb;
use futures::future::join_all;
use test_support::reason_of;
use tonic::Code;

use crate::samples::{self, Order};
use crate::support::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_request_makes_one_entry_one_audit_line_and_one_event() {
    let world = World::start().await;
    let request = pb::CreateServiceTypeRequest {
        request_id: id(),
        service_type: Some(samples::service_type("Windows")),
    };
    let mut api = world.api();
    let first = api.create_service_type(world.by_manager(request.clone())).await;
    let first = first.unwrap().into_inner();
    let again = api.create_service_type(world.by_manager(request.clone())).await;
    assert_eq!(again.unwrap().into_inner(), first);
    let of = first.service_type.unwrap().service_type_id;
    assert_eq!(world.audit(&of).await.len(), 1);
    assert_eq!(world.audit("").await.len(), 1);
    assert_eq!(world.published::<pb::ServiceTypeState>(&of).await.len(), 1);

    let other = pb::CreateServiceTypeRequest {
        service_type: Some(samples::service_type("Doors")),
        ..request
    };
    let refused = api
        .create_service_type(world.by_manager(other))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::Aborted, "REQUEST_ID_REUSED")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_one_request_sent_five_times_at_once_draws_one_order() {
    let world = World::start().await;
    for _ in 0..3 {
        world.complete(&Order::new()).await;
    }
    let request = pb::DrawCaseRequest { request_id: id() };
    let draw = |_| async {
        let answer = world.api().draw_case(world.by_quality(request.clone())).await;
        answer.unwrap().into_inner().case.unwrap().case_id
    };
    let mut drawn = join_all((0..5).map(draw)).await;
    drawn.dedup();
    assert_eq!(drawn.len(), 1);
    let all = world
        .api()
        .list_cases(world.by_quality(pb::ListCasesRequest::default()))
        .await;
    assert_eq!(all.unwrap().into_inner().cases.len(), 1);
}
