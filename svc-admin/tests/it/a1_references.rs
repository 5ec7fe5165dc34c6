//! A1: references: vacancies to test sets, sets to tests.

use admin_contract::v1 as pb;
use futures::future::join;
use test_support::reason_of;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::samples;
use crate::support::{World, id};

fn field_of(status: &Status) -> String {
    let details = status.get_details_bad_request().unwrap();
    details.field_violations[0].field.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_reference_to_an_archived_or_unknown_entry_is_refused() {
    let world = World::start().await;
    let sums = world.create_test(samples::test("Sums")).await.unwrap().test_id;
    let words = world.create_test(samples::test("Words")).await.unwrap().test_id;
    let set = world.create_set("Both", &[&sums, &words]).await.unwrap();
    world.archive_test(&words).await.unwrap();
    let refused = world.create_set("Both", &[&sums, &words]).await.unwrap_err();
    assert_eq!(
        (refused.code(), field_of(&refused).as_str()),
        (Code::InvalidArgument, "test_set.test_ids[1]")
    );
    let refused = world.create_set("Unknown", &[&id()]).await.unwrap_err();
    assert_eq!(field_of(&refused), "test_set.test_ids[0]");

    world
        .create_vacancy(samples::vacancy(&set.test_set_id))
        .await
        .unwrap();
    world.archive_set(&set.test_set_id, false).await.unwrap();
    let refused = world
        .create_vacancy(samples::vacancy(&set.test_set_id))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), field_of(&refused).as_str()),
        (Code::InvalidArgument, "vacancy.variants[0].test_set_id")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_vacancy_tests_only_hypotheses_that_exist() {
    let world = World::start().await;
    let test = world.create_test(samples::test("Sums")).await.unwrap().test_id;
    let set = world.create_set("Set", &[&test]).await.unwrap().test_set_id;
    let mut body = samples::vacancy(&set);
    body.variants[0].hypothesis_id = id();
    let refused = world.create_vacancy(body.clone()).await.unwrap_err();
    assert_eq!(field_of(&refused), "vacancy.variants[0].hypothesis_id");
    let hypothesis = world.create_hypothesis("Sums say nothing").await.unwrap();
    body.variants[0].hypothesis_id = hypothesis.hypothesis_id;
    let vacancy = world.create_vacancy(body).await.unwrap();
    let published = world.published::<pb::VacancyState>(&vacancy.vacancy_id).await;
    assert_eq!(published, [vacancy]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_edited_test_makes_new_versions_of_its_sets_which_are_published() {
    let world = World::start().await;
    let sums = world.create_test(samples::test("Sums")).await.unwrap();
    let words = world.create_test(samples::test("Words")).await.unwrap();
    let both = world
        .create_set("Both", &[&sums.test_id, &words.test_id])
        .await
        .unwrap();
    let archived = world.create_set("Archived", &[&sums.test_id]).await.unwrap();
    world.archive_set(&archived.test_set_id, false).await.unwrap();
    let other = world.create_set("Other", &[&words.test_id]).await.unwrap();

    let newer = world
        .update_test(&sums.test_id, 1, samples::test("Harder sums"))
        .await
        .unwrap();
    assert_eq!(newer.version, 2);
    let renewed = world.get_set(&both.test_set_id, 0).await.unwrap();
    assert_eq!(renewed.version, 2);
    assert_eq!(
        renewed.tests,
        [newer.clone(), words],
        "in the same place; the other test is unchanged"
    );
    assert_eq!(
        world.get_set(&both.test_set_id, 1).await.unwrap(),
        both,
        "a candidate who was assigned version 1 takes version 1"
    );
    let published = world.published::<pb::TestSetState>(&both.test_set_id).await;
    assert_eq!(published, [both.clone(), renewed]);
    let lines = world.audit(&both.test_set_id).await;
    assert_eq!(
        lines[0].what, "test_set.update",
        "the audit log has the set's change too"
    );

    let untouched = world.get_set(&other.test_set_id, 0).await.unwrap();
    assert_eq!(untouched, other);
    let restored = world.archive_set(&archived.test_set_id, true).await.unwrap();
    assert_eq!(
        restored.tests,
        [newer],
        "a restored set has the new version of its test"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_set_created_while_its_test_is_edited_has_the_newest_test() {
    let world = World::start().await;
    let test = world.create_test(samples::test("Sums")).await.unwrap();
    for version in 1..=8 {
        let edit = world.update_test(&test.test_id, version, samples::test("Sums"));
        let of = [test.test_id.as_str()];
        let (edited, set) = join(edit, world.create_set("Set", &of)).await;
        let (edited, set) = (edited.unwrap(), set.unwrap());
        let now = world.get_set(&set.test_set_id, 0).await.unwrap();
        assert_eq!(now.tests, [edited]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_test_is_in_a_set_once_even_if_its_id_is_in_upper_case() {
    let world = World::start().await;
    let test = world.create_test(samples::test("Sums")).await.unwrap().test_id;
    let refused = world
        .create_set("Twice", &[&test, &test.to_uppercase()])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), field_of(&refused).as_str()),
        (Code::InvalidArgument, "test_set.test_ids[1]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_set_that_is_too_large_to_publish_is_refused_and_nothing_is_saved() {
    let world = World::start().await;
    let mut large = samples::test("Large");
    large.tasks[0].question = "?".repeat(4_000);
    let task = large.tasks[0].clone();
    large.tasks = (0..100)
        .map(|number| pb::Task {
            task_id: format!("t{number}"),
            ..task.clone()
        })
        .collect();
    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(world.create_test(large.clone()).await.unwrap().test_id);
    }
    let refused = world
        .create_set("All", &[&ids[0], &ids[1], &ids[2]])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "ENTRY_TOO_LARGE")
    );
    let sets = world
        .api()
        .list_test_sets(world.by_manager(pb::ListTestSetsRequest::default()))
        .await;
    assert_eq!(sets.unwrap().into_inner().test_sets, []);
    world.create_set("Two", &[&ids[0], &ids[1]]).await.unwrap();
}
