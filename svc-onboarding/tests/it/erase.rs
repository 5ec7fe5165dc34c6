use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection as _;
use onboarding_contract::v1 as pb;
use svc_onboarding::domain::ids::ApplicationId;
use svc_onboarding::jobs;
use test_support::reason_of;

use super::replies::request_id;
use super::support::World;

async fn erase(world: &World, token: &str) -> Result<(), tonic::Status> {
    let request = pb::EraseMyDataRequest {
        request_id: request_id(),
        token: token.to_owned(),
    };
    world.client.clone().erase_my_data(request).await.map(drop)
}

/// Asserts that no table contains personal data of the application.
async fn assert_nothing_is_left(world: &World, id: ApplicationId) {
    for table in ["applications", "photos", "contact_notes", "attempts", "answers"] {
        let left = world
            .count(&format!(
                "{table} WHERE application_id = '{id}' AND ({table}::text LIKE '%example.com%' OR \
                 {table}::text LIKE '%Анна%' OR {table}::text LIKE '%two years%' OR \
                 {table}::text LIKE '%impatient%')"
            ))
            .await;
        assert_eq!(left, 0, "{table}");
    }
    assert_eq!(
        world
            .count(&format!("attempts WHERE application_id = '{id}'"))
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_declined_candidate_is_erased_after_the_retention_and_statistics_stay() {
    let world = World::start().await;
    let id = world.tested("anna@example.com", 100).await;
    world.decline(id).await.unwrap();
    let month = Duration::from_hours(720);
    world.forward(TimeDelta::days(29));
    jobs::erase::run(&world.db, month, world.now()).await.unwrap();
    assert!(world.get(id).await.unwrap().person.is_some());

    world.forward(TimeDelta::days(2));
    for _ in 0..2 {
        jobs::erase::run(&world.db, month, world.now()).await.unwrap();
    }
    assert_nothing_is_left(&world, id).await;
    let application = world.get(id).await.unwrap();
    assert!(application.person.is_none() && application.erased_at.is_some());
    assert_eq!(application.verdict.unwrap().score, 100);
    let erased = world.published::<pb::ApplicationErased>().await;
    assert_eq!(
        erased
            .iter()
            .map(|event| event.application_id.clone())
            .collect::<Vec<_>>(),
        [id.to_string()]
    );
    world.apply("anna@example.com").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_on_request_the_data_is_erased_at_once_and_an_open_application_withdrawn() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.take(&token, true).await;
    erase(&world, &token).await.unwrap();
    erase(&world, &token).await.unwrap();
    assert_nothing_is_left(&world, id).await;
    let mine = world.mine(&token).await.unwrap();
    assert_eq!(
        (mine.state(), mine.erased),
        (pb::ApplicationState::Withdrawn, true)
    );
    assert_eq!(world.published::<pb::ApplicationErased>().await.len(), 1);
    assert!(world.begin(&token).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_workers_data_is_not_erased() {
    let world = World::start().await;
    let id = world.tested("anna@example.com", 100).await;
    world.approve(id, "").await.unwrap();
    let refused = erase(&world, &world.confirmation_token(id).await)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "APPLICATION_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_unconfirmed_application_is_deleted_and_its_address_can_apply_again() {
    let world = World::start().await;
    world.apply("anna@example.com").await.unwrap();
    world.forward(TimeDelta::hours(25));
    jobs::erase::run(&world.db, Duration::from_hours(720), world.now())
        .await
        .unwrap();
    assert_eq!(world.count("applications").await, 0);
    assert_eq!(world.published::<pb::ApplicationErased>().await.len(), 1);
    world.apply("anna@example.com").await.unwrap();
}

/// Makes the row of an application unreadable.
async fn corrupt(world: &World, id: ApplicationId) {
    let update = format!("UPDATE applications SET rule = '\"corrupt\"' WHERE application_id = '{id}'");
    world.conn().await.batch_execute(&update).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_corrupt_row_does_not_stop_the_erasure_of_others() {
    let world = World::start().await;
    let mut declined = Vec::new();
    for name in ["anna", "boris"] {
        let id = world.candidate(&format!("{name}@example.com")).await;
        world.decline(id).await.unwrap();
        declined.push(id);
    }
    let bad = world.apply("vera@example.com").await.unwrap();
    world.apply("galina@example.com").await.unwrap();
    corrupt(&world, declined[0]).await;
    corrupt(&world, bad).await;
    world.forward(TimeDelta::days(31));
    let outcome = jobs::erase::run(&world.db, Duration::from_hours(720), world.now()).await;
    assert!(outcome.is_err(), "the run returns its first error");
    assert_nothing_is_left(&world, declined[1]).await;
    assert_eq!(world.count("applications WHERE state = 'unconfirmed'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_corrupt_row_does_not_stop_the_end_of_other_tests() {
    let world = World::start().await;
    let mut taking = Vec::new();
    for name in ["anna", "boris"] {
        let id = world.candidate(&format!("{name}@example.com")).await;
        let token = world.invite(id).await;
        world.begin(&token).await.unwrap();
        taking.push(id);
    }
    corrupt(&world, taking[0]).await;
    world.forward(TimeDelta::days(15));
    let outcome = jobs::end_overdue_tests::run(&world.db, world.now()).await;
    assert!(outcome.is_err(), "the run returns its first error");
    assert_ne!(
        world.get(taking[1]).await.unwrap().state(),
        pb::ApplicationState::Testing
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_expired_challenges_are_deleted() {
    let world = World::start().await;
    world.apply("anna@example.com").await.unwrap();
    jobs::forget_challenges::run(&world.db, world.now())
        .await
        .unwrap();
    assert_eq!(world.count("used_challenges").await, 1);
    world.forward(TimeDelta::minutes(11));
    jobs::forget_challenges::run(&world.db, world.now())
        .await
        .unwrap();
    assert_eq!(world.count("used_challenges").await, 0);
}
