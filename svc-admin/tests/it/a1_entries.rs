//! A1: versions of entries, concurrent edits, archiving.

use admin_contract::v1 as pb;
use conventions::Role;
use futures::future::join_all;
use test_support::reason_of;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::samples::{self, by, roubles};
use crate::support::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_edit_makes_a_version_and_older_versions_stay_unchanged() {
    let world = World::start().await;
    let first = world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    assert_eq!((first.version, first.archived), (1, false));
    assert_eq!(first.changed_by, Some(by(Role::Manager, world.manager)));
    let mut body = samples::service_type("Windows and doors");
    body.base_price = Some(roubles(15_000));
    let of = &first.service_type_id;
    let second = world.update_service_type(of, 1, body).await.unwrap();
    assert_eq!((second.version, second.name.as_str()), (2, "Windows and doors"));

    assert_eq!(world.get_service_type(of, 0).await.unwrap(), second);
    assert_eq!(world.get_service_type(of, 2).await.unwrap(), second);
    assert_eq!(world.get_service_type(of, 1).await.unwrap(), first);
    let missing = world.get_service_type(of, 3).await.unwrap_err();
    assert_eq!(
        (missing.code(), reason_of(&missing).as_str()),
        (Code::NotFound, "SERVICE_TYPE_NOT_FOUND")
    );
    let published = world.published::<pb::ServiceTypeState>(of).await;
    assert_eq!(
        published,
        [first, second],
        "every version is published exactly as it is read"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_of_ten_editors_of_one_version_exactly_one_wins() {
    let world = World::start().await;
    let entry = world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    let edit = |n: usize| {
        world.update_service_type(&entry.service_type_id, 1, samples::service_type(&format!("{n}")))
    };
    let edits = join_all((0..10).map(edit)).await;
    let (won, lost): (Vec<_>, Vec<_>) = edits.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refused in lost {
        assert_eq!(reason_of(&refused.unwrap_err()), "VERSION_MISMATCH");
    }
    let now = world.get_service_type(&entry.service_type_id, 0).await.unwrap();
    assert_eq!(&now, won[0].as_ref().unwrap());
    assert_eq!(now.version, 2);
    let published = world
        .published::<pb::ServiceTypeState>(&entry.service_type_id)
        .await;
    assert_eq!(published.len(), 2, "refused edits leave nothing behind");
    assert_eq!(world.audit(&entry.service_type_id).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_archived_entry_is_not_edited_until_it_is_restored() {
    let world = World::start().await;
    let entry = world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    let of = &entry.service_type_id;
    let archived = world.archive_service_type(of, false).await.unwrap();
    assert_eq!((archived.version, archived.archived), (2, true));
    let again = world.archive_service_type(of, false).await.unwrap();
    assert_eq!(again, archived, "archiving an archived entry changes nothing");
    let refused = world
        .update_service_type(of, 2, samples::service_type("Doors"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "ENTRY_ARCHIVED")
    );
    let restored = world.archive_service_type(of, true).await.unwrap();
    assert_eq!((restored.version, restored.archived), (3, false));
    let edited = world
        .update_service_type(of, 3, samples::service_type("Doors"))
        .await
        .unwrap();
    assert_eq!(edited.version, 4);
    let published: Vec<_> = world
        .published::<pb::ServiceTypeState>(of)
        .await
        .iter()
        .map(|state| (state.version, state.archived))
        .collect();
    assert_eq!(published, [(1, false), (2, true), (3, false), (4, false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_every_call_on_an_unknown_entry_answers_not_found() {
    let world = World::start().await;
    let unknown = id();
    let update = world
        .update_service_type(&unknown, 1, samples::service_type("x"))
        .await;
    assert_eq!(reason_of(&update.unwrap_err()), "SERVICE_TYPE_NOT_FOUND");
    let archive = world.archive_service_type(&unknown, false).await;
    assert_eq!(reason_of(&archive.unwrap_err()), "SERVICE_TYPE_NOT_FOUND");
    let test = world.update_test(&unknown, 1, samples::test("x")).await;
    assert_eq!(reason_of(&test.unwrap_err()), "TEST_NOT_FOUND");
    let set = world.archive_set(&unknown, false).await;
    assert_eq!(reason_of(&set.unwrap_err()), "TEST_SET_NOT_FOUND");
    let manager = world.archive_manager(&unknown, false).await;
    assert_eq!(reason_of(&manager.unwrap_err()), "MANAGER_NOT_FOUND");
    // A test's id does not name a service type.
    let test = world.create_test(samples::test("Sums")).await.unwrap();
    let other_kind = world.get_service_type(&test.test_id, 0).await;
    assert_eq!(reason_of(&other_kind.unwrap_err()), "SERVICE_TYPE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_an_invalid_body_is_refused_and_the_field_is_named() {
    let world = World::start().await;
    let with = |change: fn(&mut pb::ServiceType)| {
        let mut body = samples::service_type("Windows");
        change(&mut body);
        body
    };
    let wrong = [
        (
            with(|body| body.base_price.as_mut().unwrap().currency_code = "EUR".to_owned()),
            "service_type.base_price.currency_code",
        ),
        (
            with(|body| body.base_price = Some(roubles(0))),
            "service_type.base_price.minor_units",
        ),
        (
            with(|body| body.duration.as_mut().unwrap().nanos = 1),
            "service_type.duration",
        ),
        (
            with(|body| body.materials.push(body.materials[0].clone())),
            "service_type.materials[1]",
        ),
        (with(|body| body.name.clear()), "service_type.name"),
    ];
    for (body, field) in wrong {
        let refused = world.create_service_type(body).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert_eq!(reason_of(&refused), "INVALID_FIELD");
        let details = refused.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field);
    }
    assert_eq!(world.audit("").await, [], "nothing was saved");
}
