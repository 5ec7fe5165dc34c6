//! T5: nothing names anybody, nothing is said, and what was settled goes.

use std::path::Path;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl as _;
use operations_contract::v1 as operations;
use operations_contract::v1::operations_service_client::OperationsServiceClient;
use orders_contract::v1 as orders;
use pb::Condition;
use svc_totalizator::domain::pseudonym::Key;
use svc_totalizator::jobs::erase;
use test_support::{authorised, eventually, reason_of};
use totalizator_contract::v1 as pb;
use uuid::Uuid;

use crate::support::{BOUND, House, KEY, TestOrder};

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn rows_with(house: &House, table: &str, word: &str) -> i64 {
    let query = format!("SELECT count(*) AS count FROM \"{table}\" AS row WHERE row::text ILIKE '%{word}%'");
    let mut conn = house.database.connection().await;
    diesel::sql_query(query)
        .get_result::<Count>(&mut conn)
        .await
        .unwrap()
        .count
}

async fn tables(house: &House) -> Vec<String> {
    let query = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
    let mut conn = house.database.connection().await;
    let tables: Vec<Table> = diesel::sql_query(query).load(&mut conn).await.unwrap();
    tables.into_iter().map(|table| table.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_no_table_holds_a_manager_and_nothing_is_published() {
    let house = House::open().await;
    let order = house.open_order().await;
    let managers: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    for manager in &managers {
        house
            .bet(&order, *manager, Condition::Completed, 10)
            .await
            .unwrap();
    }
    house.tell(&order.completed()).await;
    house.settled(&order).await;
    for table in tables(&house).await {
        for manager in &managers {
            assert_eq!(
                rows_with(&house, &table, &manager.to_string()).await,
                0,
                "{table}"
            );
            assert_eq!(
                rows_with(&house, &table, &manager.simple().to_string()).await,
                0,
                "{table}"
            );
        }
    }
    assert_eq!(rows_with(&house, "outbox", "").await, 0);
    assert_eq!(totalizator_contract::TOPICS, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_operating_on_kept_events_leaves_no_name() {
    let house = House::open().await;
    let broken = orders::OrderPlaced {
        order_id: "no id".to_owned(),
        ..TestOrder(Uuid::new_v4()).placed()
    };
    house.tell_unchecked(&broken).await;
    let root = Uuid::new_v4();
    let token = house.tokens.root(root);
    let api = OperationsServiceClient::new(house.channel.clone());
    let kept = eventually(BOUND, async || {
        let request = authorised(operations::ListParkedRequest::default(), &token);
        let list = api.clone().list_parked(request).await.unwrap().into_inner();
        list.events.into_iter().next().ok_or("nothing is kept")
    })
    .await;
    let retry = operations::RetryParkedRequest {
        request_id: Uuid::new_v4().to_string(),
        id: kept.id,
        key: None,
    };
    api.clone().retry_parked(authorised(retry, &token)).await.unwrap();
    let drop = operations::DropParkedRequest {
        request_id: Uuid::new_v4().to_string(),
        id: kept.id,
        reason: "nobody's order".to_owned(),
    };
    api.clone()
        .drop_parked(authorised(drop.clone(), &token))
        .await
        .unwrap();
    let again = api
        .clone()
        .drop_parked(authorised(drop, &token))
        .await
        .unwrap_err();
    assert_eq!(again.code(), tonic::Code::FailedPrecondition);
    assert_eq!(rows_with(&house, "parked", "nobody''s order").await, 1);
    for table in tables(&house).await {
        for name in [root.to_string(), root.simple().to_string()] {
            assert_eq!(rows_with(&house, &table, &name).await, 0, "{table}");
        }
    }
}

#[test]
fn t5_only_the_key_links_a_pseudonym_to_a_manager() {
    let manager = Uuid::new_v4().to_string();
    let (key, other) = (Key::new(KEY).unwrap(), Key::new(&KEY.replace('a', "b")).unwrap());
    assert_eq!(key.pseudonym(&manager), key.pseudonym(&manager.to_uppercase()));
    assert_ne!(key.pseudonym(&manager), other.pseudonym(&manager));
    assert_ne!(
        key.pseudonym(&manager),
        key.pseudonym(&Uuid::new_v4().to_string())
    );
    assert!(!format!("{key:?}").contains(KEY));
    assert!(Key::new("short").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_settled_bets_are_erased_after_a_set_time_and_open_ones_stay() {
    let house = House::open().await;
    let (settled, open) = (house.open_order().await, house.open_order().await);
    let manager = Uuid::new_v4();
    house
        .bet(&settled, manager, Condition::Completed, 10)
        .await
        .unwrap();
    house.bet(&open, manager, Condition::Completed, 10).await.unwrap();
    house.tell(&settled.completed()).await;
    house.settled(&settled).await;
    let keep = Duration::from_hours(1);
    erase::run(&house.db, keep, Utc::now()).await.unwrap();
    house.settlement(&settled, manager).await.unwrap();
    erase::run(&house.db, keep, Utc::now() + TimeDelta::hours(2))
        .await
        .unwrap();
    let gone = house.settlement(&settled, manager).await.unwrap_err();
    assert_eq!(reason_of(&gone), "NOT_SETTLED");
    for table in ["share", "transfer", "settlement"] {
        assert_eq!(rows_with(&house, table, "").await, 0, "{table}");
    }
    assert_eq!(rows_with(&house, "bet", "").await, 1);
    assert_eq!(house.pool(open.0).await.unwrap().participants, 1);
}

#[test]
fn t5_no_other_crate_depends_on_this_one_or_its_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut members = vec![root.join("tests"), root.join("benches")];
    for folder in [root.to_path_buf(), root.join("crates"), root.join("tools")] {
        members.extend(
            std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    }
    for member in members {
        let name = member.file_name().unwrap().to_string_lossy().into_owned();
        if name == "svc-totalizator" || name == "totalizator-contract" || member == root {
            continue;
        }
        let Ok(manifest) = std::fs::read_to_string(member.join("Cargo.toml")) else {
            continue;
        };
        let dependencies = manifest.split("[workspace.dependencies]").next().unwrap();
        assert!(
            !dependencies.contains("totalizator"),
            "{name} knows of the totalizator"
        );
    }
}
