use chrono::TimeDelta;
use onboarding_contract::v1 as pb;
use svc_onboarding::jobs;
use test_support::reason_of;

use super::replies::request_id;
use super::support::World;

async fn answer(world: &World, email: &str) -> pb::ApplyResponse {
    let request = world.application(email).await;
    world.client.clone().apply(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_application_replaces_an_unconfirmed_one_whose_link_becomes_invalid() {
    let world = World::start().await;
    let first = world.apply("anna@example.com").await.unwrap();
    let replaced = world.confirmation_token(first).await;
    let second = world.apply("anna@example.com").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(
        reason_of(&world.confirm(&replaced).await.unwrap_err()),
        "LINK_INVALID"
    );
    world
        .confirm(&world.confirmation_token(second).await)
        .await
        .unwrap();
    assert_eq!(world.count("applications").await, 1);
    let erased = world.published::<pb::ApplicationErased>().await;
    assert_eq!(erased[0].application_id, first.to_string());
    assert_eq!(erased.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_only_the_address_on_record_is_told_about_a_repeated_application() {
    let world = World::start().await;
    let unknown = answer(&world, "unknown@example.com").await;
    let id = world.candidate("anna@example.com").await;
    let known = answer(&world, "Anna+x@example.com").await;
    assert_ne!(known.application_id, id.to_string());
    assert_eq!(known.application_id.len(), unknown.application_id.len());
    assert!(known.confirm_by.is_some());

    assert_eq!(world.count("applications WHERE state = 'new'").await, 1);
    let told = world.published::<pb::ApplicationRepeated>().await;
    assert_eq!(told.len(), 1);
    let candidate = told[0].candidate.clone().unwrap();
    assert_eq!(
        (told[0].application_id.as_str(), candidate.email.as_str()),
        (id.to_string().as_str(), "anna@example.com"),
        "the e-mail goes to the address on record"
    );
    assert_eq!(told[0].by.as_ref().unwrap().id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_mailbox_is_not_flooded_and_gets_further_emails_after_a_while() {
    let world = World::with(&["--letter-burst=2", "--letter-interval=1h"]).await;
    let id = world.candidate("anna@example.com").await;
    for _ in 0..4 {
        answer(&world, "anna@example.com").await;
    }
    assert_eq!(world.published::<pb::ApplicationRepeated>().await.len(), 1);
    world.forward(TimeDelta::minutes(61));
    for _ in 0..2 {
        answer(&world, "anna@example.com").await;
    }
    assert_eq!(world.published::<pb::ApplicationRepeated>().await.len(), 2);
    assert!(world.get(id).await.is_ok());

    jobs::forget_letters::run(&world.db, world.now()).await.unwrap();
    assert_eq!(world.count("letter_allowances").await, 1);
    world.forward(TimeDelta::hours(2));
    jobs::forget_letters::run(&world.db, world.now()).await.unwrap();
    assert_eq!(world.count("letter_allowances").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_application_has_its_first_answer_after_its_challenge_expired() {
    let world = World::start().await;
    let request = world.application("anna@example.com").await;
    let mut client = world.client.clone();
    let first = client.apply(request.clone()).await.unwrap().into_inner();
    world.forward(TimeDelta::hours(1));
    jobs::forget_challenges::run(&world.db, world.now())
        .await
        .unwrap();
    let again = client.apply(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let fresh = pb::ApplyRequest {
        request_id: request_id(),
        ..request.clone()
    };
    assert_eq!(
        reason_of(&client.apply(fresh).await.unwrap_err()),
        "CHALLENGE_EXPIRED"
    );
    let changed = pb::ApplyRequest { age: 31, ..request };
    assert_eq!(
        reason_of(&client.apply(changed).await.unwrap_err()),
        "REQUEST_ID_REUSED"
    );
    assert_eq!(world.published::<pb::ApplicationSubmitted>().await.len(), 1);
}
