//! Who may call: managers, and nobody else.

use std::time::Duration;

use conventions::Role;
use test_support::authorised;
use tonic::Code;
use uuid::Uuid;

use crate::support::House;

#[tokio::test(flavor = "multi_thread")]
async fn every_method_is_for_managers_and_refuses_everybody_else() {
    let house = House::open().await;
    let roles = [
        Role::Client,
        Role::Worker,
        Role::Candidate,
        Role::Quality,
        Role::Consumables,
        Role::Root,
        Role::Service,
        Role::Manager,
    ];
    for method in totalizator_contract::METHODS {
        assert_eq!(method.roles, [Role::Manager], "{}", method.path);
        for role in roles {
            let token = house.tokens.sign(&[role], Uuid::new_v4(), Duration::from_mins(1));
            let mut grpc = tonic::client::Grpc::new(house.channel.clone());
            grpc.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<(), ()>::default();
            let path = method.path.parse().unwrap();
            let answer = grpc.unary(authorised((), &token), path, codec).await;
            let code = answer.err().map(|status| status.code());
            let refused = code == Some(Code::PermissionDenied);
            assert_eq!(
                refused,
                role != Role::Manager,
                "{} {role:?}: {code:?}",
                method.path
            );
        }
        let mut grpc = tonic::client::Grpc::new(house.channel.clone());
        grpc.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let answer = grpc
            .unary(tonic::Request::new(()), method.path.parse().unwrap(), codec)
            .await;
        assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated);
    }
}
