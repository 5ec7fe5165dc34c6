use futures::future::join_all;
use onboarding_contract::v1 as pb;
use onboarding_contract::v1::Recommendation::{Admit, NotAmongBest};
use svc_onboarding::domain::ids::{ApplicationId, ManagerId, WorkerId};
use svc_onboarding::store;
use test_support::reason_of;
use tonic::Code;

use super::replies::request_id;
use super::setting::{OTHER_SET, VACANCY, test_set};
use super::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn h5_an_approved_candidate_becomes_a_worker_at_most_once() {
    let world = World::start().await;
    let mut request = world.application("anna@example.com").await;
    request.photo = b"\xff\xd8\xff\xe0 a face \xff\xd9".to_vec();
    let response = world.client.clone().apply(request).await.unwrap().into_inner();
    let id: ApplicationId = response.application_id.parse().unwrap();
    world.confirm(&world.confirmation_token(id).await).await.unwrap();
    let token = world.invite(id).await;
    world.take(&token, true).await;
    world.grade_essay(id, 100).await.unwrap();

    let outcomes = join_all((0..8).map(|_| world.approve(id, ""))).await;
    let workers: Vec<WorkerId> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().ok())
        .copied()
        .collect();
    assert_eq!(workers.len(), 1);
    let approved = world.published::<pb::ApplicationApproved>().await;
    assert_eq!(approved.len(), 1);
    let event = &approved[0];
    assert_eq!(
        (event.worker_id.as_str(), event.age),
        (workers[0].to_string().as_str(), 30)
    );
    assert_eq!(event.candidate.as_ref().unwrap().name, "Анна");
    assert!(event.photo.starts_with(&[0xff, 0xd8, 0xff]));
    assert_eq!(event.traits.len(), 3);
    assert_eq!(event.by.as_ref().unwrap().id, world.manager.to_string());
    world.apply("anna@example.com").await.unwrap();
    assert_eq!(
        world.count("applications").await,
        1,
        "a worker does not apply again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_approving_against_the_rule_needs_a_reason() {
    let world = World::start().await;
    // (3 × 100 + 3 × 10) / 6 = 55, and the minimum is 60.
    let id = world.tested("anna@example.com", 10).await;
    let verdict = world.get(id).await.unwrap().verdict.unwrap();
    assert_eq!(
        (verdict.score, verdict.recommendation()),
        (55, pb::Recommendation::BelowMinimum)
    );
    assert_eq!(
        reason_of(&world.approve(id, " ").await.unwrap_err()),
        "REASON_NEEDED"
    );
    world.approve(id, "charming").await.unwrap();
    let decision = world.get(id).await.unwrap().decision.unwrap();
    assert_eq!((decision.approved, decision.reason.as_str()), (true, "charming"));
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_the_best_share_of_the_last_candidates_is_recommended() {
    let world = World::start().await;
    let mut recommended = Vec::new();
    for (number, essay) in [(0, 60), (1, 80), (2, 40), (3, 100)] {
        let id = world.tested(&format!("c{number}@example.com"), essay).await;
        recommended.push(world.get(id).await.unwrap().verdict.unwrap().recommendation());
    }
    // The best half of the candidates so far: first of 1, first of 2, third of 3 (two places),
    // first of 4.
    assert_eq!(recommended, [Admit, Admit, NotAmongBest, Admit]);
}

#[tokio::test(flavor = "multi_thread")]
async fn h5_a_declined_candidate_gets_the_message() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    world.decline(id).await.unwrap();
    let declined = world.published::<pb::ApplicationDeclined>().await;
    assert_eq!(declined.len(), 1);
    assert_eq!(declined[0].message, "Try again in a year.");
    let refused = world.decline(id).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "APPLICATION_STATE")
    );
    assert_eq!(
        world.assign(id, "").await.unwrap_err().code(),
        Code::FailedPrecondition
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_managers_note_contacts_and_assign_a_named_test_set() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let request = pb::NoteContactRequest {
        request_id: request_id(),
        application_id: id.to_string(),
        text: "called; nice voice".to_owned(),
    };
    let mut client = world.client.clone();
    for _ in 0..2 {
        client
            .note_contact(world.by_manager(request.clone()))
            .await
            .unwrap();
    }
    let other = OTHER_SET.to_string();
    assert_eq!(
        reason_of(&world.assign(id, &other).await.unwrap_err()),
        "TEST_SET_NOT_FOUND"
    );
    let mut set = test_set(OTHER_SET);
    set.archived = true;
    world.put_test_set(&set).await;
    assert_eq!(
        reason_of(&world.assign(id, &other).await.unwrap_err()),
        "TEST_SET_ARCHIVED"
    );
    (set.archived, set.version) = (false, 2);
    world.put_test_set(&set).await;
    world.assign(id, &other).await.unwrap();

    let application = world.get(id).await.unwrap();
    assert_eq!(application.contacts.len(), 1);
    assert_eq!(
        application.contacts[0].by.as_ref().unwrap().id,
        world.manager.to_string()
    );
    assert_eq!(application.assignment.unwrap().test_set_id, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_archived_manager_can_neither_change_nor_see_applications() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    store::managers::put(&mut world.conn().await, ManagerId(world.manager), 2, true)
        .await
        .unwrap();
    let application_id = id.to_string();
    let mut client = world.client.clone();
    let list = world.by_manager(pb::ListApplicationsRequest::default());
    let photo = world.by_manager(pb::GetApplicationPhotoRequest { application_id });
    let report = world.by_manager(pb::GetVariantReportRequest {
        vacancy_id: VACANCY.to_string(),
    });
    for refused in [
        world.decline(id).await.unwrap_err(),
        world.get(id).await.unwrap_err(),
        client.list_applications(list).await.unwrap_err(),
        client.get_application_photo(photo).await.unwrap_err(),
        client.get_variant_report(report).await.unwrap_err(),
    ] {
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::PermissionDenied, "MANAGER_ARCHIVED")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_applications_are_listed_newest_first_page_by_page() {
    let world = World::start().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.insert(
            0,
            world
                .candidate(&format!("d{number}@example.com"))
                .await
                .to_string(),
        );
    }
    world.apply("unseen@example.com").await.unwrap();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = world.by_manager(pb::ListApplicationsRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        });
        let page = world
            .client
            .clone()
            .list_applications(request)
            .await
            .unwrap()
            .into_inner();
        seen.extend(
            page.applications
                .into_iter()
                .map(|application| application.application_id),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let request = world.by_manager(pb::ListApplicationsRequest {
        state: pb::ApplicationState::Unconfirmed.into(),
        ..Default::default()
    });
    let unseen = world
        .client
        .clone()
        .list_applications(request)
        .await
        .unwrap()
        .into_inner();
    assert!(unseen.applications.is_empty());
}
