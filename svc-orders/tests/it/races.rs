//! O3, O5: concurrent commands for one order or one worker.

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use futures::future::join_all;
use orders_contract::v1 as pb;
use svc_orders::domain::client::{Client, Profile};
use svc_orders::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};
use svc_orders::domain::order::{Assignment, Brief, Order};
use svc_orders::domain::pricing;
use svc_orders::domain::slot::Slot;
use svc_orders::store::clients::NewClients;
use svc_orders::store::orders::NewOrders;
use svc_orders::{Error, store};
use test_support::{authorised, reason_of};

use crate::support::{PNG, World, admission, database, hour, id, now, service_type, worker};

const CONTENDERS: usize = 24;

/// Orders with overlapping slots, and a worker.
pub async fn contested(db: &service_host::Database) -> (Vec<OrderId>, WorkerId) {
    let now = now();
    let client = Client {
        id: ClientId::generate(),
        profile: Profile {
            external_id: None,
            name: "Anna".into(),
            email: "anna@example.com".into(),
            phone: String::new(),
            language: "ru".into(),
        },
        registered_at: now,
        version: 1,
    };
    let service = service_type(ServiceTypeId::generate());
    let admission = admission(worker("Boris"));
    let start = now + TimeDelta::hours(1);
    let mut orders = Vec::new();
    for number in 0..CONTENDERS {
        // Each begins a minute later: all overlap, and no two are equal.
        let start = start + TimeDelta::minutes(i64::try_from(number).unwrap());
        let slot = Slot::new(start, start + TimeDelta::hours(1)).unwrap();
        let brief = Brief {
            description: "x".into(),
            place: "x".into(),
            contact: "x".into(),
        };
        orders.push(Order::place(OrderId::generate(), &client, &service, brief, slot, now).unwrap());
    }
    let prepare = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
        messaging::save(conn, &NewClients(std::slice::from_ref(&client))).await?;
        store::service_types::record(conn, &service).await?;
        messaging::save(conn, &admission).await?;
        for order in &orders {
            messaging::save_pipelined(conn, &NewOrders::one(order)).await?;
        }
        Ok(())
    };
    db.transaction(prepare).await.unwrap();
    (
        orders.into_iter().map(|order| order.id).collect(),
        admission.worker.id,
    )
}

async fn assign(db: &service_host::Database, order: OrderId, worker: WorkerId) -> Result<(), Error> {
    let assign = async |conn: &mut AsyncPgConnection| -> Result<(), Error> {
        let order = store::orders::lock(conn, order).await?;
        let now = now();
        let base = money::Money::new(10_000, money::Currency::RUB);
        let assignment = Assignment {
            worker,
            worker_name: "Boris".into(),
            price: pricing::loyalty(base, money::Money::zero(money::Currency::RUB))?,
            pipeline: "standard".into(),
            pipeline_version: 1,
            reasons: Vec::new(),
            at: now,
        };
        messaging::save(conn, &order.assign(assignment, now)?).await
    };
    db.transaction(assign).await
}

#[tokio::test(flavor = "multi_thread")]
async fn o5_of_many_contenders_for_one_worker_in_one_slot_exactly_one_wins() {
    let (_database, db) = database().await;
    let (orders, worker) = contested(&db).await;
    let outcomes = join_all(orders.iter().map(|order| assign(&db, *order, worker))).await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let lost = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::Overlap)))
        .count();
    assert_eq!((won, lost), (1, CONTENDERS - 1), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn o5_the_database_refuses_two_overlapping_orders_of_a_worker() {
    let (_database, db) = database().await;
    let (orders, worker) = contested(&db).await;
    assign(&db, orders[0], worker).await.unwrap();
    assert!(matches!(
        assign(&db, orders[1], worker).await,
        Err(Error::Overlap)
    ));
    // The refused assignment was rolled back: the order is unchanged.
    let mut conn = db.connection().await.unwrap();
    let untouched = store::orders::get(&mut conn, orders[1]).await.unwrap();
    assert_eq!((untouched.version, untouched.assignment()), (1, None));
    assert_eq!(
        store::changes::of_orders(&conn, &[orders[1]])
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o3_of_many_commands_racing_for_one_order_exactly_one_wins() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    for round in 0..5 {
        let order = world.place(&client, &client_token, hour(1 + 2 * round)).await;
        world.until(&order, pb::OrderState::Assigned).await;
        let photo = world.upload(&order, &worker_token, PNG).await.unwrap().photo_id;
        let cancels = (0..6).map(|_| async {
            let request = pb::CancelOrderRequest {
                request_id: id(),
                order_id: order.clone(),
                reason: String::new(),
            };
            let outcome = world
                .orders()
                .cancel_order(authorised(request, &client_token))
                .await;
            outcome.map(|_| ()).map_err(|status| reason_of(&status))
        });
        let starts = (0..6).map(|_| async {
            let request = pb::StartWorkRequest {
                request_id: id(),
                order_id: order.clone(),
                photo_id: photo.clone(),
            };
            let outcome = world
                .orders()
                .start_work(authorised(request, &worker_token))
                .await;
            outcome.map(|_| ()).map_err(|status| reason_of(&status))
        });
        let (cancelled, started) = futures::join!(join_all(cancels), join_all(starts));
        let won = cancelled
            .iter()
            .chain(&started)
            .filter(|outcome| outcome.is_ok())
            .count();
        assert_eq!(won, 1, "{cancelled:?} {started:?}");
        for (outcomes, reason) in [
            (cancelled, "ORDER_NOT_CANCELLABLE"),
            (started, "ORDER_NOT_STARTABLE"),
        ] {
            assert!(
                outcomes
                    .into_iter()
                    .filter_map(Result::err)
                    .all(|refused| refused == reason)
            );
        }
        assert_eq!(world.get(&order).await.order.unwrap().version, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn o5_orders_of_one_slot_are_assigned_to_all_workers_and_the_rest_wait() {
    let world = World::start().await;
    let (client, token) = world.client().await;
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(world.worker().await.0.to_string());
    }
    let orders = join_all((0..5).map(|_| world.place(&client, &token, hour(1)))).await;
    let settled = test_support::eventually(crate::support::BOUND, async || {
        let mut chosen = Vec::new();
        let mut waiting = 0;
        for order in &orders {
            let order = world.get(order).await.order.unwrap();
            waiting += usize::from(order.waiting);
            chosen.extend(order.assignment.map(|assignment| assignment.worker_id));
        }
        if chosen.len() + waiting == orders.len() {
            Ok(chosen)
        } else {
            Err(format!("{chosen:?} {waiting}"))
        }
    })
    .await;
    let mut settled = settled;
    settled.sort();
    workers.sort();
    assert_eq!(settled, workers);
}
