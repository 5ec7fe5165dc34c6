//! A5: every change has a line in the audit log, and no line is ever changed.

use admin_contract::v1 as pb;
use conventions::Role;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use orders_contract::v1::FailureKind;
use serde_json::{Value, json};

use crate::samples::{self, Order, by, system};
use crate::support::World;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_every_version_of_an_entry_has_a_line_with_before_and_after() {
    let world = World::start().await;
    let entry = world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    let of = &entry.service_type_id;
    let edited = world
        .update_service_type(of, 1, samples::service_type("Doors"))
        .await
        .unwrap();
    world.archive_service_type(of, false).await.unwrap();
    world.archive_service_type(of, true).await.unwrap();

    let mut lines = world.audit(of).await;
    lines.reverse();
    let what: Vec<_> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "service_type.create",
            "service_type.update",
            "service_type.archive",
            "service_type.restore"
        ]
    );
    for line in &lines {
        assert_eq!(line.by, Some(by(Role::Manager, world.manager)));
        assert_eq!(&line.subject_id, of);
    }
    assert_eq!(lines[0].before_json, "");
    assert_eq!(lines[1].at, edited.changed_at);
    let (before, after) = (json_of(&lines[1].before_json), json_of(&lines[1].after_json));
    assert_eq!(
        (&before["version"], &before["body"]["name"]),
        (&json!(1), &json!("Windows"))
    );
    assert_eq!(
        (&after["version"], &after["body"]["name"]),
        (&json!(2), &json!("Doors"))
    );
    assert_eq!(
        after["body"]["base_price"],
        json!({ "currency": "RUB", "minor_units": 10_000 })
    );
    for (earlier, later) in lines.iter().zip(&lines[1..]) {
        assert_eq!(
            later.before_json, earlier.after_json,
            "each line starts where the previous one ended"
        );
    }
    assert_eq!(json_of(&lines[2].before_json)["archived"], json!(false));
    assert_eq!(json_of(&lines[2].after_json)["archived"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_every_kind_of_change_has_its_line() {
    let world = World::start().await;
    let test = world.create_test(samples::test("Sums")).await.unwrap();
    let set = world.create_set("Set", &[&test.test_id]).await.unwrap();
    let vacancy = world
        .create_vacancy(samples::vacancy(&set.test_set_id))
        .await
        .unwrap();
    let manager = world
        .create_manager(samples::manager("vera@artel.example", &["manager"]))
        .await
        .unwrap();
    for (subject, what) in [
        (&test.test_id, "test.create"),
        (&set.test_set_id, "test_set.create"),
        (&vacancy.vacancy_id, "vacancy.create"),
    ] {
        let lines = world.audit(subject).await;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].what, what);
    }
    let lines = world.audit(&manager.manager_id).await;
    assert_eq!(lines[0].what, "manager.create");
    assert_eq!(lines[0].by, Some(by(Role::Root, world.root)));

    let hypothesis = world.create_hypothesis("The soap is bad").await.unwrap();
    let of = &hypothesis.hypothesis_id;
    world
        .move_hypothesis(of, pb::HypothesisState::Testing)
        .await
        .unwrap();
    let lines = world.audit(of).await;
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].what, "hypothesis.move");
    assert_eq!(lines[0].by, Some(by(Role::Quality, world.quality)));
    assert_eq!(json_of(&lines[0].before_json)["state"], "open");
    assert_eq!(json_of(&lines[0].after_json)["state"], "testing");
    assert_eq!(lines[1].what, "hypothesis.create");
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_every_change_of_a_case_has_its_line() {
    let world = World::start().await;
    let case = world.fail(&Order::new(), FailureKind::Reported).await.case_id;
    world.note(&case, "Called the client", true).await.unwrap();
    world.rate(&case, 2).await.unwrap();
    // A refused call leaves no line.
    world.rate(&case, 5).await.unwrap_err();
    let lines = world.audit(&case).await;
    let what: Vec<_> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(what, ["case.close", "case.note", "case.open"]);
    assert_eq!(lines[0].by, Some(by(Role::Quality, world.quality)));
    assert_eq!(json_of(&lines[0].before_json)["state"], "open");
    let after = json_of(&lines[0].after_json);
    assert_eq!(
        (&after["state"], &after["form"]["rating"]),
        (&json!("closed"), &json!(2))
    );
    assert_eq!(
        json_of(&lines[1].after_json),
        json!({ "text": "Called the client", "call": true })
    );
    assert_eq!(lines[2].by, Some(system()));

    let order = Order::new();
    world.complete(&order).await;
    let drawn = world.draw().await.unwrap();
    let lines = world.audit(&drawn.case_id).await;
    assert_eq!(lines[0].by, Some(by(Role::Quality, world.quality)));
    assert_eq!(json_of(&lines[0].after_json)["cause"], "drawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_the_database_refuses_to_change_the_log_versions_and_notes() {
    let world = World::start().await;
    let case = world.fail(&Order::new(), FailureKind::Reported).await.case_id;
    world.note(&case, "Called the client", true).await.unwrap();
    world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    let log = world.audit("").await;
    // The service's own login, which owns the tables.
    let mut conn = world.database.connection().await;
    for table in ["audit_entries", "entry_versions", "case_notes"] {
        let column = if table == "audit_entries" {
            "actor_id"
        } else {
            "version"
        };
        let column = if table == "case_notes" { "text" } else { column };
        for sql in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
            format!(
                "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING; DELETE FROM {table} WHERE false"
            ),
        ] {
            let refused = conn.batch_execute(&sql).await.unwrap_err().to_string();
            assert!(
                refused.contains(&format!("{table} is append-only")),
                "{sql}: {refused}"
            );
        }
    }
    for sql in ["DELETE FROM entries", "DELETE FROM cases"] {
        diesel::sql_query(sql).execute(&mut conn).await.unwrap_err();
    }
    assert_eq!(world.audit("").await, log);
}
