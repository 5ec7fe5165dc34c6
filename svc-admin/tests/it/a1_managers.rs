//! A1: managers, their addresses, and the last root manager.

use std::process::{Command, Output};

use admin_contract::v1 as pb;
use futures::future::{join, join_all};
use test_support::reason_of;
use tonic::Code;

use crate::samples::manager;
use crate::support::{World, database_options};

#[tokio::test(flavor = "multi_thread")]
async fn a1_no_two_managers_in_use_share_an_address() {
    let world = World::start().await;
    let vera = world
        .create_manager(manager("vera@artel.example", &["manager"]))
        .await
        .unwrap();
    let same = manager("Vera@Artel.example", &["quality"]);
    let refused = world.create_manager(same.clone()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::AlreadyExists, "ADDRESS_TAKEN")
    );
    let galina = world
        .create_manager(manager("galina@artel.example", &["manager"]))
        .await
        .unwrap();
    let refused = world.update_manager(&galina, same.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused), "ADDRESS_TAKEN");

    world.archive_manager(&vera.manager_id, false).await.unwrap();
    let successor = world.create_manager(same).await.unwrap();
    let refused = world.archive_manager(&vera.manager_id, true).await.unwrap_err();
    assert_eq!(
        reason_of(&refused),
        "ADDRESS_TAKEN",
        "another manager has the address now"
    );
    let published = world.published::<pb::ManagerState>(&successor.manager_id).await;
    assert_eq!(published, [successor]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_of_managers_created_with_one_address_at_once_exactly_one_is_saved() {
    let world = World::start().await;
    let make = |_| world.create_manager(manager("vera@artel.example", &["manager"]));
    let made = join_all((0..6).map(make)).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter_map(Result::err) {
        assert_eq!(reason_of(&refused), "ADDRESS_TAKEN");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_the_last_root_manager_is_neither_archived_nor_demoted() {
    let world = World::start().await;
    let root = world
        .create_manager(manager("root@artel.example", &["root"]))
        .await
        .unwrap();
    let refused = world.archive_manager(&root.manager_id, false).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::FailedPrecondition, "LAST_ROOT")
    );
    let demoted = manager("root@artel.example", &["manager"]);
    let refused = world.update_manager(&root, demoted.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused), "LAST_ROOT");
    assert_eq!(
        world.audit(&root.manager_id).await.len(),
        1,
        "nothing was changed"
    );

    let second = world
        .create_manager(manager("second@artel.example", &["root"]))
        .await
        .unwrap();
    world.update_manager(&root, demoted).await.unwrap();
    let refused = world
        .archive_manager(&second.manager_id, false)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused), "LAST_ROOT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_of_two_roots_that_archive_each_other_at_once_one_stays() {
    let world = World::start().await;
    let anna = world
        .create_manager(manager("anna@artel.example", &["root"]))
        .await
        .unwrap();
    let boris = world
        .create_manager(manager("boris@artel.example", &["root"]))
        .await
        .unwrap();
    for _ in 0..8 {
        let both = join(
            world.archive_manager(&anna.manager_id, false),
            world.archive_manager(&boris.manager_id, false),
        );
        let (of_anna, of_boris) = both.await;
        let gone = match (of_anna, of_boris) {
            (Ok(gone), Err(refused)) | (Err(refused), Ok(gone)) => {
                assert_eq!(reason_of(&refused), "LAST_ROOT");
                gone
            }
            other => panic!("exactly one must stay: {other:?}"),
        };
        world.archive_manager(&gone.manager_id, true).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_a_root_that_is_edited_while_another_is_archived_still_counts() {
    let world = World::start().await;
    let going = world
        .create_manager(manager("going@artel.example", &["root"]))
        .await
        .unwrap();
    let mut staying = world
        .create_manager(manager("staying@artel.example", &["root"]))
        .await
        .unwrap();
    for _ in 0..8 {
        let both = join(
            world.archive_manager(&going.manager_id, false),
            world.update_manager(&staying, manager("staying@artel.example", &["root", "manager"])),
        );
        let (gone, edited) = both.await;
        gone.unwrap();
        staying = edited.unwrap();
        world.archive_manager(&going.manager_id, true).await.unwrap();
    }
}

fn create_root(world: &World, email: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_svc-admin"))
        .args(["create-root", "--name=Root", &format!("--email={email}")])
        .arg(format!("--database-url={}", world.database.url()))
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_the_command_line_makes_the_first_root_once() {
    let world = World::start().await;
    let made = create_root(&world, "root@artel.example");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let id = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let published = world.published::<pb::ManagerState>(&id).await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].roles, ["manager", "quality", "root"]);
    assert_eq!(world.audit(&id).await[0].what, "manager.create");

    let again = create_root(&world, "Root@artel.example");
    assert_eq!(String::from_utf8(again.stdout).unwrap().trim(), id);
    assert_eq!(world.audit(&id).await.len(), 1, "nothing was changed");

    let no_address = create_root(&world, "root");
    assert!(!no_address.status.success());
    assert!(String::from_utf8_lossy(&no_address.stderr).contains("email"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_the_command_line_refuses_the_address_of_a_manager_who_is_not_root() {
    let world = World::start().await;
    let vera = world
        .create_manager(manager("vera@artel.example", &["manager"]))
        .await
        .unwrap();
    let root = svc_admin::create_root::CreateRoot {
        database: database_options(&world.database),
        name: "Vera".to_owned(),
        email: "vera@artel.example".to_owned(),
        language: "ru".to_owned(),
    };
    let refused = root.run().await.unwrap_err();
    assert!(refused.to_string().contains(&vera.manager_id), "{refused}");
}
