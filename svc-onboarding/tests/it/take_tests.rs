use chrono::TimeDelta;
use onboarding_contract::v1 as pb;
use prost::Message as _;
use svc_onboarding::domain::test_set::TestSet;
use svc_onboarding::jobs;
use test_support::reason_of;
use tonic::Code;

use super::replies::{choose, reply, request_id, text};
use super::setting::{ARITHMETIC, ESSAY, TEST_SET, test_set};
use super::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_candidate_takes_all_tests_and_is_scored() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.take(&token, true).await;
    assert_eq!(
        world.get(id).await.unwrap().state(),
        pb::ApplicationState::Grading
    );
    assert!(world.published::<pb::TestsFinished>().await.is_empty());

    let graded = world.grade_essay(id, 80).await.unwrap();
    assert_eq!(
        (graded.state(), graded.answers_left),
        (pb::ApplicationState::Tested, 0)
    );
    let finished = world.published::<pb::TestsFinished>().await;
    assert_eq!(finished.len(), 1);
    // Three points of arithmetic at 100, three of the essay at 80.
    assert_eq!((finished[0].score, finished[0].recommended), (90, true));
    let traits: Vec<_> = finished[0]
        .traits
        .iter()
        .map(|t| (t.name.as_str(), t.score))
        .collect();
    assert_eq!(
        traits,
        [("arithmetic", 100), ("attention", 100), ("patience", 80)]
    );
    assert_eq!(world.published::<pb::TestsStarted>().await.len(), 1);

    let application = world.get(id).await.unwrap();
    let verdict = application.verdict.unwrap();
    assert_eq!(
        verdict.tests.iter().map(|test| test.score).collect::<Vec<_>>(),
        [100, 80]
    );
    let texts: Vec<_> = application
        .answers
        .iter()
        .map(|answer| answer.chosen_texts.join(","))
        .collect();
    assert_eq!(texts, ["right", "", "first,second,third", ""]);
    assert_eq!(application.answers[3].comment, "heartfelt");
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_right_answers_are_never_sent_to_candidates() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    let begun = world.begin(&token).await.unwrap();
    let mut sent = begun.encode_to_vec();
    while let Some(task) = world.next(&token).await.unwrap() {
        if task.task_id == "order" {
            let names: Vec<_> = task
                .choices
                .iter()
                .map(|choice| choice.choice_id.as_str())
                .collect();
            assert!(names.is_sorted() && !names.contains(&"first"));
        }
        sent.extend(task.encode_to_vec());
        let wrong = reply(&task, false);
        world.answer(&token, &task.task_id, wrong).await.unwrap();
    }
    world.finish(&token).await.unwrap();
    world.begin(&token).await.unwrap();
    sent.extend(world.next(&token).await.unwrap().unwrap().encode_to_vec());
    sent.extend(world.mine(&token).await.unwrap().encode_to_vec());
    assert!(!String::from_utf8_lossy(&sent).contains("SECRET-GUIDANCE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_lost_connection_loses_nothing() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    let begun = world.begin(&token).await.unwrap();
    let shown = world.next(&token).await.unwrap().unwrap();
    world.forward(TimeDelta::seconds(20));

    let resumed = world.begin(&token).await.unwrap();
    assert_eq!((resumed.test_id, resumed.number), (begun.test_id, 1));
    assert_eq!(resumed.deadline, begun.deadline);
    assert_eq!(world.next(&token).await.unwrap().unwrap(), shown);
    world.answer(&token, "choice", reply(&shown, true)).await.unwrap();
    assert_eq!(world.next(&token).await.unwrap().unwrap().task_id, "sum");
    assert_eq!(world.published::<pb::TestsStarted>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_an_answer_cannot_be_changed() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.begin(&token).await.unwrap();
    world.next(&token).await.unwrap();
    assert_eq!(
        world.answer(&token, "choice", choose(&["left"])).await.unwrap(),
        2
    );
    assert_eq!(
        world.answer(&token, "choice", choose(&["left"])).await.unwrap(),
        2
    );
    let refused = world
        .answer(&token, "choice", choose(&["right"]))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "ANSWER_STAYS");
    let mut conn = world.conn().await;
    let changed = diesel_async::SimpleAsyncConnection::batch_execute(
        &mut conn,
        r#"UPDATE answers SET answer = '{"chosen": ["right"]}'"#,
    );
    assert!(
        changed
            .await
            .unwrap_err()
            .to_string()
            .contains("an answer once given stays")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_a_repeated_answer_gets_the_first_response_even_after_the_time_is_up() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.begin(&token).await.unwrap();
    world.next(&token).await.unwrap();
    let request = pb::SubmitAnswerRequest {
        request_id: request_id(),
        token,
        task_id: "choice".to_owned(),
        answer: Some(choose(&["right"])),
    };
    let mut client = world.client.clone();
    let first = client.submit_answer(request.clone()).await.unwrap().into_inner();
    world.forward(TimeDelta::minutes(5));
    assert_eq!(client.submit_answer(request).await.unwrap().into_inner(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_late_answers_are_refused() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.begin(&token).await.unwrap();
    let shown = world.next(&token).await.unwrap().unwrap();
    world.forward(TimeDelta::seconds(61));
    let refused = world
        .answer(&token, "choice", reply(&shown, true))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "TIME_IS_UP")
    );
    assert_eq!(reason_of(&world.next(&token).await.unwrap_err()), "TIME_IS_UP");
    assert_eq!(world.count("answers").await, 0);
    let second = world.begin(&token).await.unwrap();
    assert_eq!((second.number, second.test_id), (2, ESSAY.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_tasks_come_one_at_a_time() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    assert_eq!(
        reason_of(&world.next(&token).await.unwrap_err()),
        "TEST_NOT_BEGUN"
    );
    world.begin(&token).await.unwrap();
    world.next(&token).await.unwrap();
    let ahead = world.answer(&token, "sum", text("4")).await.unwrap_err();
    assert_eq!(reason_of(&ahead), "TASK_NOT_ASKED");
    let invalid = world.answer(&token, "choice", text("right")).await.unwrap_err();
    assert_eq!(invalid.code(), Code::InvalidArgument);
    world.answer(&token, "choice", choose(&["right"])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_job_ends_the_tests_that_candidates_leave() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    world.begin(&token).await.unwrap();
    let shown = world.next(&token).await.unwrap().unwrap();
    world.answer(&token, "choice", reply(&shown, true)).await.unwrap();

    jobs::end_overdue_tests::run(&world.db, world.now())
        .await
        .unwrap();
    assert_eq!(world.mine(&token).await.unwrap().tests_taken, 0);
    world.forward(TimeDelta::minutes(2));
    jobs::end_overdue_tests::run(&world.db, world.now())
        .await
        .unwrap();
    let mine = world.mine(&token).await.unwrap();
    assert_eq!(
        (mine.tests_taken, mine.tests, mine.state()),
        (1, 2, pb::ApplicationState::Testing)
    );

    world.forward(TimeDelta::days(14));
    assert_eq!(reason_of(&world.begin(&token).await.unwrap_err()), "LINK_EXPIRED");
    jobs::end_overdue_tests::run(&world.db, world.now())
        .await
        .unwrap();
    jobs::end_overdue_tests::run(&world.db, world.now())
        .await
        .unwrap();
    let finished = world.published::<pb::TestsFinished>().await;
    // One point of six.
    assert_eq!(
        finished
            .iter()
            .map(|event| (event.score, event.recommended))
            .collect::<Vec<_>>(),
        [(17, false)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_only_the_personal_link_opens_the_tests_until_it_expires() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let confirmation = world.confirmation_token(id).await;
    let first = world.invite(id).await;
    let second = world.invite(id).await;
    assert_eq!(
        reason_of(&world.begin(&confirmation).await.unwrap_err()),
        "LINK_INVALID"
    );
    assert_eq!(reason_of(&world.begin(&first).await.unwrap_err()), "LINK_INVALID");
    assert_eq!(
        world.mine(&confirmation).await.unwrap().state(),
        pb::ApplicationState::Invited
    );
    world.forward(TimeDelta::days(14));
    assert_eq!(
        reason_of(&world.begin(&second).await.unwrap_err()),
        "LINK_EXPIRED"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_assignment_keeps_the_version_of_its_test_set() {
    let world = World::start().await;
    let id = world.candidate("anna@example.com").await;
    let token = world.invite(id).await;
    let mut edited = TestSet {
        version: 2,
        ..test_set(TEST_SET)
    };
    edited.tests.remove(0);
    world.put_test_set(&edited).await;
    assert_eq!(world.begin(&token).await.unwrap().test_id, ARITHMETIC.to_string());
    let older = test_set(TEST_SET);
    world.put_test_set(&older).await;
    let second = world.candidate("boris@example.com").await;
    let token = world.invite(second).await;
    assert_eq!(world.begin(&token).await.unwrap().test_id, ESSAY.to_string());
}
