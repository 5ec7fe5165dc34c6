//! What the tables hold by themselves.

use chrono::TimeDelta;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use money::{Currency, Money};
use svc_orders::domain::id::{OrderId, ServiceTypeId};
use svc_orders::domain::service_type::ServiceType;
use svc_orders::store::balances::Balance;
use svc_orders::store::kits::{Kit, KitState};
use svc_orders::{Error, clock, store};
use uuid::Uuid;

use crate::support::{database, service_type, worker};

#[tokio::test(flavor = "multi_thread")]
async fn o8_an_older_balance_never_replaces_a_newer_one() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let rub = |minor_units| Money::new(minor_units, Currency::RUB);
    let now = clock::now();
    let version = |version| Balance {
        owner: Uuid::from_u128(1),
        balance: rub(version),
        paid: rub(10 * version),
        due: rub(version),
        next_closing: now + TimeDelta::days(7),
        as_of: now,
        version,
    };
    for arriving in [2, 5, 3, 5, 1] {
        store::balances::keep(&mut conn, &version(arriving))
            .await
            .unwrap();
    }
    let kept = store::balances::find(&mut conn, Uuid::from_u128(1))
        .await
        .unwrap();
    assert_eq!(kept, Some(version(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_every_version_of_a_service_type_is_kept_and_the_highest_is_the_newest() {
    let (_database, db) = database().await;
    let id = ServiceTypeId::generate();
    for version in [2, 1, 4, 3, 4] {
        let service = ServiceType {
            version,
            ..service_type(id)
        };
        let keep = async |conn: &mut AsyncPgConnection| store::service_types::keep(conn, &service).await;
        db.transaction(keep).await.unwrap();
    }
    let mut conn = db.connection().await.unwrap();
    let newest = store::service_types::newest(&mut conn, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        newest,
        ServiceType {
            version: 4,
            ..service_type(id)
        }
    );
    let listed = store::service_types::list_active(&mut conn, None, 10)
        .await
        .unwrap();
    assert_eq!(listed, [newest]);
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_a_kit_shows_its_newest_state_whatever_comes_late() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let order = OrderId::generate();
    let kit = |version, state| Kit {
        id: Uuid::from_u128(3),
        order,
        state,
        version,
        changed_at: clock::now(),
    };
    for (version, state) in [
        (1, KitState::Requested),
        (3, KitState::Ready),
        (2, KitState::Collecting),
    ] {
        store::kits::keep(&mut conn, &kit(version, state)).await.unwrap();
    }
    let kits = store::kits::of_orders(&conn, &[order]).await.unwrap();
    assert_eq!(
        kits.iter().map(|kit| kit.state).collect::<Vec<_>>(),
        [KitState::Ready]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn h5_one_application_makes_one_worker_at_most() {
    let (_database, db) = database().await;
    let application = Uuid::new_v4();
    let (first, second) = (worker("Boris"), worker("Boris"));
    let admit = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let once = store::workers::admit(conn, &first, application, b"face").await?;
        let twice = store::workers::admit(conn, &first, Uuid::new_v4(), b"face").await?;
        let other = store::workers::admit(conn, &second, application, b"face").await?;
        Ok((once, twice, other))
    };
    assert_eq!(db.transaction(admit).await.unwrap(), (true, false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_histories_are_never_changed_or_removed() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    for statement in ["UPDATE pipelines SET name = 'mine'", "DELETE FROM pipelines"] {
        let refused = conn.batch_execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("never changed or removed"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_the_standard_pipeline_that_the_migration_brings_is_valid() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let standard = store::pipelines::find(&mut conn, "standard", None)
        .await
        .unwrap()
        .pipeline;
    assert_eq!((standard.version(), standard.steps().len()), (1, 9));
}
