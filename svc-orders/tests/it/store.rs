//! What the store guarantees by itself.

use chrono::TimeDelta;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use money::{Currency, Money};
use svc_orders::domain::ids::{OrderId, ServiceTypeId};
use svc_orders::domain::service_type::ServiceType;
use svc_orders::store::balances::Balance;
use svc_orders::store::kits::{Kit, KitState};
use svc_orders::{Error, store};
use uuid::Uuid;

use crate::races::contested;
use crate::support::{admission, database, now, service_type, worker};

#[tokio::test(flavor = "multi_thread")]
async fn o8_an_older_balance_never_replaces_a_newer_one() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let rub = |minor_units| Money::new(minor_units, Currency::RUB);
    let now = now();
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
        store::balances::record(&mut conn, &version(arriving))
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
        let record = async |conn: &mut AsyncPgConnection| store::service_types::record(conn, &service).await;
        db.transaction(record).await.unwrap();
    }
    let mut conn = db.connection().await.unwrap();
    let newest = store::service_types::newest(&mut conn, id).await.unwrap();
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
async fn o8_an_older_state_never_replaces_a_newer_state_of_a_kit() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let order = OrderId::generate();
    let kit = |version, state| Kit {
        id: Uuid::from_u128(3),
        order,
        state,
        version,
        changed_at: now(),
    };
    for (version, state) in [
        (1, KitState::Requested),
        (3, KitState::Ready),
        (2, KitState::Collecting),
    ] {
        store::kits::record(&mut conn, &kit(version, state))
            .await
            .unwrap();
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
    let first = admission(worker("Boris"));
    let (mut same_worker, mut same_application) = (first.clone(), first.clone());
    same_worker.application = Uuid::new_v4();
    same_application.worker = worker("Boris");
    let admit = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let once = messaging::save(conn, &first).await?;
        let twice = messaging::save(conn, &same_worker).await?;
        let other = messaging::save(conn, &same_application).await?;
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
async fn m1_the_standard_pipeline_of_the_migration_is_valid() {
    let (_database, db) = database().await;
    let mut conn = db.connection().await.unwrap();
    let standard = store::pipelines::get(&mut conn, "standard", None)
        .await
        .unwrap()
        .pipeline;
    assert_eq!((standard.version(), standard.steps().len()), (1, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_before_still_uses_the_match_requests_by_their_old_names() {
    let (_database, db) = database().await;
    let (orders, _) = contested(&db).await;
    let order = orders[0];
    let mut conn = db.connection().await.unwrap();
    // The statements of the version before, with values in place of parameters.
    let statements = format!(
        "INSERT INTO match_queue (order_id, slot_start, slot_end, wanted, tried, retry_at, traceparent)
            VALUES ('{order}', now(), now() + interval '1 hour', 1, 0, now(), NULL)
            ON CONFLICT (order_id) DO UPDATE SET wanted = match_queue.wanted + 1,
                retry_at = excluded.retry_at, traceparent = excluded.traceparent;
        UPDATE match_queue SET wanted = match_queue.wanted + 1 WHERE slot_start < now() AND slot_end > now();
        UPDATE match_queue SET tried = 1, retry_at = now() WHERE order_id = '{order}';
        SELECT order_id, wanted, traceparent FROM match_queue WHERE wanted > tried OR retry_at <= now();
        DELETE FROM match_queue WHERE order_id = '{order}';"
    );
    conn.batch_execute(&statements).await.unwrap();
}
