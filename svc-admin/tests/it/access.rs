//! Access: every method with every role.

use std::time::Duration;

use admin_contract::v1 as pb;
use conventions::Role;
use test_support::{authorised, reason_of};
use tonic::Code;
use uuid::Uuid;

use crate::samples;
use crate::support::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn every_method_refuses_every_role_that_its_policy_does_not_name() {
    let world = World::start().await;
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
    for method in admin_contract::METHODS {
        for role in roles {
            let token = world.tokens.sign(&[role], Uuid::new_v4(), Duration::from_mins(1));
            let mut grpc = tonic::client::Grpc::new(world.channel.clone());
            grpc.ready().await.unwrap();
            // An empty request is invalid for most methods, but access is checked before validity.
            let codec = tonic_prost::ProstCodec::<(), ()>::default();
            let answer = grpc
                .unary(authorised((), &token), method.path.parse().unwrap(), codec)
                .await;
            let code = answer.err().map(|status| status.code());
            if method.roles.contains(&role) {
                assert!(
                    !matches!(code, Some(Code::PermissionDenied | Code::Unauthenticated)),
                    "{} {role:?}",
                    method.path
                );
            } else {
                assert_eq!(code, Some(Code::PermissionDenied), "{} {role:?}", method.path);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_only_root_creates_managers_and_only_quality_control_reviews() {
    let world = World::start().await;
    let create = || pb::CreateManagerRequest {
        request_id: id(),
        manager: Some(samples::manager("vera@artel.example", &["manager"])),
    };
    for request in [world.by_manager(create()), world.by_quality(create())] {
        let refused = world.api().create_manager(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let draw = world.by_manager(pb::DrawCaseRequest { request_id: id() });
    let refused = world.api().draw_case(draw).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let anonymous = world
        .api()
        .list_managers(pb::ListManagersRequest::default())
        .await
        .unwrap_err();
    assert_eq!(anonymous.code(), Code::Unauthenticated);
    assert_eq!(world.audit("").await, [], "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_breaks_its_rules_is_refused() {
    let world = World::start().await;
    let request = pb::CreateManagerRequest {
        request_id: "1".to_owned(),
        manager: Some(samples::manager("no address", &["god"])),
    };
    let refused = world
        .api()
        .create_manager(world.by_root(request))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::InvalidArgument, "INVALID_FIELD")
    );
}
