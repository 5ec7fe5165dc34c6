use chrono::TimeDelta;
use futures::future::join_all;
use onboarding_contract::v1 as pb;
use svc_onboarding::domain::ids::{ApplicationId, VacancyId};
use svc_onboarding::domain::vacancy::Vacancy;
use test_support::reason_of;
use tonic::Code;
use uuid::Uuid;

use super::replies::request_id;
use super::setting::{VACANCY, vacancy};
use super::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_email_is_sent_and_managers_see_nothing_before_the_address_is_confirmed() {
    let world = World::start().await;
    let id = world.apply("anna@example.com").await.unwrap();

    let emails = world.published::<pb::ApplicationSubmitted>().await;
    assert_eq!(emails.len(), 1);
    let candidate = emails[0].candidate.clone().unwrap();
    assert_eq!(
        (candidate.email.as_str(), candidate.language.as_str()),
        ("anna@example.com", "ru")
    );
    assert_eq!(emails[0].vacancy_title, "Tester of patience");
    assert_eq!(
        reason_of(&world.get(id).await.unwrap_err()),
        "APPLICATION_NOT_FOUND"
    );
    assert_eq!(world.assign(id, "").await.unwrap_err().code(), Code::NotFound);

    let confirmed = world
        .confirm(&emails[0].confirmation_token)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(confirmed.application.unwrap().state(), pb::ApplicationState::New);
    assert_eq!(world.get(id).await.unwrap().person.unwrap().name, "Анна");
    world.confirm(&emails[0].confirmation_token).await.unwrap();
    assert_eq!(world.published::<pb::ApplicationConfirmed>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_tokens_are_not_stored() {
    let world = World::start().await;
    let id = world.apply("anna@example.com").await.unwrap();
    let token = world.confirmation_token(id).await;
    let found = world
        .count(&format!("applications WHERE applications::text LIKE '%{token}%'"))
        .await;
    assert_eq!(found, 0);
    let found = world
        .count(&format!(
            "requests WHERE encode(response, 'escape') LIKE '%{token}%'"
        ))
        .await;
    assert_eq!(found, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_wrong_or_late_confirmation_is_refused() {
    let world = World::start().await;
    let id = world.apply("anna@example.com").await.unwrap();
    let token = world.confirmation_token(id).await;
    let other = world.apply("boris@example.com").await.unwrap();
    let foreign = world.confirmation_token(other).await;
    // The id of one application with the secret of the other.
    let mixed = format!("{}{}", &token[..22], &foreign[22..]);
    for wrong in [mixed.as_str(), "nonsense-nonsense", &"A".repeat(64)] {
        let refused = world.confirm(wrong).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::PermissionDenied, "LINK_INVALID")
        );
    }
    world.forward(TimeDelta::hours(24));
    assert_eq!(
        reason_of(&world.confirm(&token).await.unwrap_err()),
        "LINK_EXPIRED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_one_person_has_one_open_application_for_all_spellings_of_the_address() {
    let world = World::start().await;
    let id = world.candidate("ann.lee@gmail.com").await;
    world.apply("AnnLee+job@googlemail.com").await.unwrap();
    assert_eq!(world.count("applications").await, 1);
    assert!(world.get(id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_of_many_concurrent_applications_by_one_person_one_is_kept_and_few_emails_are_sent() {
    let world = World::with(&["--letter-burst=3"]).await;
    let outcomes = join_all((0..24).map(|_| world.apply("race@example.com"))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.count("applications").await, 1);
    let emails = world.published::<pb::ApplicationSubmitted>().await;
    assert_eq!(emails.len(), 3);
    world.confirm(&emails[2].confirmation_token).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_declined_candidate_can_apply_again() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    world.decline(id).await.unwrap();
    assert!(world.apply("anna@example.com").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_request_gets_the_same_answer() {
    let world = World::start().await;
    let request = world.application("anna@example.com").await;
    let mut client = world.client.clone();
    let first = client.apply(request.clone()).await.unwrap().into_inner();
    let again = client.apply(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(world.published::<pb::ApplicationSubmitted>().await.len(), 1);

    let changed = pb::ApplyRequest { age: 31, ..request };
    assert_eq!(
        reason_of(&client.apply(changed).await.unwrap_err()),
        "REQUEST_ID_REUSED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_used_challenge_is_refused() {
    let world = World::start().await;
    let first = world.application("anna@example.com").await;
    let replayed = pb::ApplyRequest {
        request_id: request_id(),
        email: "boris@example.com".to_owned(),
        ..first.clone()
    };
    let mut client = world.client.clone();
    client.apply(first).await.unwrap();
    let refused = client.apply(replayed).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "CHALLENGE_USED")
    );
    assert_eq!(world.count("applications").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_challenge_used_by_another_replica_is_refused() {
    let world = World::with(&["--challenge-secret=shared by all replicas"]).await;
    let request = world.application("anna@example.com").await;
    // Another replica has used it: the row exists, but this process has no record of it.
    let challenge = svc_onboarding::gate::Gate::new(&world.settings.own.gate)
        .unwrap()
        .application(
            "10.0.0.1".parse().unwrap(),
            svc_onboarding::gate::Proof {
                request: Uuid::new_v4(),
                vacancy: VACANCY,
                challenge: &request.challenge,
                nonce: request.nonce,
            },
            world.now(),
        )
        .unwrap();
    svc_onboarding::store::challenges::mark_used(&mut world.conn().await, challenge, Uuid::new_v4())
        .await
        .unwrap();
    let refused = world.client.clone().apply(request).await.unwrap_err();
    assert_eq!(reason_of(&refused), "CHALLENGE_USED");
    assert_eq!(world.count("applications").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_challenge_is_used_even_if_the_application_is_refused() {
    let world = World::start().await;
    let archived = Vacancy {
        version: 2,
        archived: true,
        ..vacancy()
    };
    world.put_vacancy(&archived).await;
    let probing = world.application("anna@example.com").await;
    let mut client = world.client.clone();
    assert_eq!(
        reason_of(&client.apply(probing.clone()).await.unwrap_err()),
        "VACANCY_ARCHIVED"
    );
    let next_guess = pb::ApplyRequest {
        request_id: request_id(),
        email: "boris@example.com".to_owned(),
        ..probing
    };
    assert_eq!(
        reason_of(&client.apply(next_guess).await.unwrap_err()),
        "CHALLENGE_USED"
    );
}

type Spoil = fn(&mut pb::ApplyRequest);

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_invalid_field_is_named_and_nothing_is_stored() {
    let world = World::start().await;
    let good = world.application("anna@example.com").await;
    let bad: [(&str, Spoil); 6] = [
        ("age", |request| request.age = 17),
        ("language", |request| request.language = "fr".to_owned()),
        ("email", |request| request.email = "anna@localhost".to_owned()),
        ("name", |request| {
            request.name = "Eve\r\nBcc: all@example.com".to_owned();
        }),
        ("photo", |request| request.photo = b"<script>".to_vec()),
        ("form_answers[\"experience\"]", |request| {
            request.form_answers.clear();
        }),
    ];
    for (field, spoil) in bad {
        let mut request = good.clone();
        spoil(&mut request);
        let refused = world.client.clone().apply(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}: {refused}");
        assert!(refused.message().contains(field), "{field}: {refused}");
    }
    assert_eq!(world.count("applications").await, 0);
    world.client.clone().apply(good).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_unknown_and_archived_vacancies_take_no_applications() {
    let world = World::start().await;
    world
        .put_vacancy(&Vacancy {
            version: 2,
            archived: true,
            ..vacancy()
        })
        .await;
    assert_eq!(
        reason_of(&world.apply("anna@example.com").await.unwrap_err()),
        "VACANCY_ARCHIVED"
    );
    let listed = world
        .client
        .clone()
        .list_vacancies(pb::ListVacanciesRequest::default())
        .await;
    assert!(listed.unwrap().into_inner().vacancies.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_vacancies_are_listed_with_their_forms_newest_first() {
    let world = World::start().await;
    for number in 1..=3 {
        let more = Vacancy {
            id: VacancyId(Uuid::from_u128(100 + number)),
            title: format!("vacancy {number}"),
            ..vacancy()
        };
        world.put_vacancy(&more).await;
    }
    let mut client = world.client.clone();
    let (mut titles, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListVacanciesRequest {
            page_size: 3,
            page_token,
        };
        let page = client.list_vacancies(request).await.unwrap().into_inner();
        titles.extend(page.vacancies.iter().map(|vacancy| vacancy.title.clone()));
        assert!(page.vacancies.iter().all(|vacancy| vacancy.questions[0].required));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(
        titles,
        ["vacancy 3", "vacancy 2", "vacancy 1", "Tester of patience"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_a_photo_is_stored_unchanged() {
    let world = World::start().await;
    let mut request = world.application("anna@example.com").await;
    request.photo = b"\xff\xd8\xff\xe0 a face \xff\xd9".to_vec();
    let photo = request.photo.clone();
    let response = world.client.clone().apply(request).await.unwrap().into_inner();
    let id: ApplicationId = response.application_id.parse().unwrap();
    world.confirm(&world.confirmation_token(id).await).await.unwrap();
    assert!(world.get(id).await.unwrap().has_photo);
    let request = world.by_manager(pb::GetApplicationPhotoRequest {
        application_id: id.to_string(),
    });
    let kept = world
        .client
        .clone()
        .get_application_photo(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((kept.media_type.as_str(), kept.photo), ("image/jpeg", photo));
}
