use std::time::Duration;

use conventions::Role;
use onboarding_contract::METHODS;
use onboarding_contract::v1 as pb;
use test_support::authorised;
use tonic::Code;
use uuid::Uuid;

use super::support::World;

const PUBLIC: [&str; 10] = [
    "ListVacancies",
    "GetChallenge",
    "Apply",
    "ConfirmEmail",
    "GetMyApplication",
    "BeginTest",
    "NextTask",
    "SubmitAnswer",
    "FinishTest",
    "EraseMyData",
];

#[test]
fn h1_only_the_public_calls_are_open_to_anyone() {
    let service = "/artel.onboarding.v1.OnboardingService/";
    let calls = METHODS
        .iter()
        .filter_map(|method| Some((method.path.strip_prefix(service)?, method.roles)));
    for (call, roles) in calls {
        if PUBLIC.contains(&call) {
            assert_eq!(roles, [Role::Anyone], "{call}");
        } else {
            assert_eq!(roles, [Role::Manager, Role::Root], "{call}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_only_managers_see_applications() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let request = || pb::GetApplicationRequest {
        application_id: id.to_string(),
    };
    let mut client = world.client.clone();
    let anonymous = client.get_application(request()).await.unwrap_err();
    assert_eq!(anonymous.code(), Code::Unauthenticated);
    let someone = Uuid::new_v4();
    for token in [
        world.tokens.client(someone),
        world.tokens.worker(someone),
        world
            .tokens
            .sign(&[Role::Quality], someone, Duration::from_mins(5)),
        world.tokens.consumables(someone),
        world.tokens.service("importer"),
    ] {
        let refused = client
            .get_application(authorised(request(), &token))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    client
        .get_application(authorised(request(), &world.tokens.root(someone)))
        .await
        .unwrap();
}
