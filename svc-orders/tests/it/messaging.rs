//! Events in and out, through a real broker.

use std::sync::{Arc, Mutex};

use admin_contract::v1::{QualityCaseClosed, ServiceTypeState, Verdict};
use billing_contract::v1::{AccountState, OwnerKind};
use chrono::TimeDelta;
use consumables_contract::v1::KitReady;
use conventions::types::{Actor, Money};
use conventions::{Event, wire};
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, KafkaOptions, On, Received, Relay, Stop};
use onboarding_contract::v1::ApplicationApproved;
use orders_contract::v1 as pb;
use service_host::Database;
use test_support::{Kafka, authorised, eventually};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{BOUND, World, database, hour, id, now, person};

/// The other services: publishes their events and collects those of svc-orders.
struct Neighbours {
    db: Database,
    assigned: Arc<Mutex<Vec<pb::OrderAssigned>>>,
    workers: Arc<Mutex<Vec<pb::WorkerState>>>,
    _database: test_support::Database,
    _stop: DropGuard,
}

struct Collect<M>(Arc<Mutex<Vec<M>>>);

impl<M: Event + Clone> On<M> for Collect<M> {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        self.0.lock().unwrap().push(event.message.clone());
        Ok(())
    }
}

impl Neighbours {
    async fn start(kafka: &Kafka) -> Self {
        let kafka = messaging::Kafka::new(&KafkaOptions::new(kafka.brokers(), kafka.prefix()));
        let topics = [
            admin_contract::TOPICS,
            billing_contract::TOPICS,
            consumables_contract::TOPICS,
            onboarding_contract::TOPICS,
            orders_contract::TOPICS,
        ];
        messaging::topics::ensure(&kafka, &topics.concat(), 2, 1)
            .await
            .unwrap();
        let (database, db) = database().await;
        let stop = CancellationToken::new();
        let (assigned, workers) = (Arc::default(), Arc::default());
        let consumer = Consumer::new(db.clone(), &kafka, "neighbours")
            .on::<pb::OrderAssigned, _>(Collect(Arc::clone(&assigned)))
            .on::<pb::WorkerState, _>(Collect(Arc::clone(&workers)));
        tokio::spawn(consumer.run(stop.clone()));
        tokio::spawn(Relay::new(db.clone(), &kafka, "neighbours").run(stop.clone()));
        Self {
            db,
            assigned,
            workers,
            _database: database,
            _stop: stop.drop_guard(),
        }
    }

    async fn publish<E: Event>(&self, event: &E) {
        let publish = async |conn: &mut AsyncPgConnection| test_support::publish(conn, event).await;
        self.db.transaction(publish).await.unwrap();
    }
}

fn rub(minor_units: i64) -> Money {
    Money {
        currency_code: "RUB".into(),
        minor_units,
    }
}

fn minutes(minutes: i64) -> prost_types::Duration {
    prost_types::Duration {
        seconds: 60 * minutes,
        nanos: 0,
    }
}

fn manager() -> Actor {
    Actor {
        role: conventions::Role::Manager.into(),
        id: id(),
    }
}

fn service_type(service_type_id: &str, base: i64) -> ServiceTypeState {
    ServiceTypeState {
        service_type_id: service_type_id.to_owned(),
        version: 1,
        name: "Dog walking".into(),
        description: String::new(),
        base_price: Some(rub(base)),
        duration: Some(minutes(60)),
        grace_period: Some(minutes(10)),
        needed_traits: Vec::new(),
        materials: Vec::new(),
        archived: false,
        changed_at: Some(wire::timestamp(now())),
        changed_by: Some(manager()),
    }
}

fn approved(worker_id: &str) -> ApplicationApproved {
    ApplicationApproved {
        application_id: id(),
        vacancy_id: id(),
        vacancy_title: "Worker".into(),
        candidate: Some(person("Boris")),
        at: Some(wire::timestamp(now())),
        by: Some(manager()),
        worker_id: worker_id.to_owned(),
        age: 33,
        traits: vec![conventions::types::Trait {
            name: "patience".into(),
            score: 90,
        }],
        photo: b"\xFF\xD8\xFF face".to_vec(),
    }
}

fn account(owner_id: &str, cumulative_paid: i64) -> AccountState {
    let now = now();
    AccountState {
        account_id: id(),
        version: 3,
        owner_kind: OwnerKind::Client.into(),
        owner_id: owner_id.to_owned(),
        balance: Some(rub(500)),
        cumulative_paid: Some(rub(cumulative_paid)),
        due_at_next_closing: Some(rub(500)),
        next_closing: Some(wire::timestamp(now + TimeDelta::days(3))),
        as_of: Some(wire::timestamp(now)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn o4_service_types_workers_and_balances_are_received_and_the_assignment_is_published() {
    let kafka = Kafka::from_env();
    let neighbours = Neighbours::start(&kafka).await;
    let world = World::start_with_kafka(&kafka).await;
    let (client, token) = world.client().await;
    let (service, worker) = (id(), id());

    // The account comes first and the worker last: events of different topics have no order.
    neighbours.publish(&account(&client, 2_000_000)).await;
    neighbours.publish(&service_type(&service, 20_000)).await;
    let balance = eventually(BOUND, async || {
        let request = pb::GetBalanceRequest {
            owner_id: client.clone(),
        };
        let answer = world
            .orders()
            .get_balance(authorised(request, &token))
            .await
            .unwrap()
            .into_inner();
        answer
            .balance
            .filter(|balance| balance.as_of.is_some())
            .ok_or("not announced")
    })
    .await;
    assert_eq!(balance.balance.unwrap().minor_units, 500);
    let order = eventually(BOUND, async || {
        let request = pb::PlaceOrderRequest {
            service_type_id: service.clone(),
            ..world.order(&client, hour(1))
        };
        let answer = world.orders().place_order(authorised(request, &token)).await;
        answer
            .map(|answer| answer.into_inner().order.unwrap().order_id)
            .map_err(|status| status.to_string())
    })
    .await;
    neighbours.publish(&approved(&worker)).await;

    let assigned = eventually(BOUND, async || {
        neighbours
            .assigned
            .lock()
            .unwrap()
            .first()
            .cloned()
            .ok_or("nothing assigned")
    })
    .await;
    assert_eq!((&assigned.order_id, &assigned.worker_id), (&order, &worker));
    assert_eq!(
        (assigned.price, assigned.discount, assigned.discount_percent),
        (Some(rub(18_800)), Some(rub(1_200)), 6)
    );
    assert_eq!(
        (assigned.worker_name.as_str(), assigned.pipeline.as_str()),
        ("Boris", "standard")
    );
    assert_eq!(assigned.reasons.len(), 9);
    let announced = neighbours.workers.lock().unwrap().first().cloned();
    assert_eq!(announced.map(|state| state.worker_id), Some(worker));
}

#[tokio::test(flavor = "multi_thread")]
async fn o8_kits_and_ratings_are_received_and_shown() {
    let kafka = Kafka::from_env();
    let neighbours = Neighbours::start(&kafka).await;
    let world = World::start_with_kafka(&kafka).await;
    let (client, token) = world.client().await;
    let worker = id();
    // The rating arrives before its worker and waits.
    let closed = QualityCaseClosed {
        order_id: id(),
        case_id: id(),
        client_id: client.clone(),
        worker_id: worker.clone(),
        service_type_name: "Queueing".into(),
        verdict: Verdict::WorkerAtFault.into(),
        conclusion: "late".into(),
        rating: 2,
        at: Some(wire::timestamp(now())),
        by: Some(manager()),
    };
    neighbours.publish(&closed).await;
    neighbours.publish(&approved(&worker)).await;
    eventually(BOUND, async || {
        let request = pb::GetWorkerRequest {
            worker_id: worker.clone(),
        };
        let answer = world.workers().get_worker(world.as_manager(request)).await;
        let answer = answer.map_err(|status| status.to_string())?.into_inner();
        assert_eq!(answer.portrait, b"\xFF\xD8\xFF face");
        let worker = answer.worker.unwrap();
        if (worker.rating_count, worker.rating_sum) == (1, 2) {
            Ok(())
        } else {
            Err("not rated".to_owned())
        }
    })
    .await;
    let order = world.place(&client, &token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let ready = KitReady {
        order_id: order.clone(),
        kit_id: id(),
        worker_id: worker,
        version: 3,
        at: Some(wire::timestamp(now())),
        by: Some(manager()),
        service_type_name: "Queueing".into(),
    };
    neighbours.publish(&ready).await;
    let kit = eventually(BOUND, async || {
        world
            .get(&order)
            .await
            .order
            .unwrap()
            .kits
            .first()
            .cloned()
            .ok_or("no kit")
    })
    .await;
    assert_eq!(
        (kit.kit_id.as_str(), kit.state()),
        (ready.kit_id.as_str(), pb::KitState::Ready)
    );
}
