use conventions::types;
use orders_contract::v1 as orders;
use svc_billing::domain::{ClientId, Owner, WorkerId};
use test_support::eventually;
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::support::noon;

pub struct Order {
    pub id: Uuid,
    pub client: ClientId,
    pub worker: WorkerId,
}

impl Order {
    pub fn new() -> Self {
        Self {
            id: Uuid::new_v4(),
            client: ClientId(Uuid::new_v4()),
            worker: WorkerId(Uuid::new_v4()),
        }
    }

    pub fn of_same_people(&self) -> Self {
        Self {
            id: Uuid::new_v4(),
            ..*self
        }
    }

    pub fn client_state(&self) -> orders::ClientState {
        orders::ClientState {
            client_id: self.client.to_string(),
            version: 1,
            person: Some(person("Anna")),
            registered_at: now(),
            changed_at: now(),
        }
    }

    pub fn worker_state(&self) -> orders::WorkerState {
        orders::WorkerState {
            worker_id: self.worker.to_string(),
            version: 1,
            person: Some(person("Ivan")),
            status: orders::WorkerStatus::Active.into(),
            admitted_at: now(),
            changed_at: now(),
        }
    }

    fn summary(&self) -> Option<orders::OrderSummary> {
        Some(orders::OrderSummary {
            client_id: self.client.to_string(),
            client_name: "Anna".into(),
            service_type_id: Uuid::new_v4().to_string(),
            service_type_version: 1,
            service_type_name: "Cleaning".into(),
            slot: Some(types::Slot {
                start: now(),
                end: now(),
            }),
            ..Default::default()
        })
    }

    pub fn completed(&self, price: i64) -> orders::OrderCompleted {
        orders::OrderCompleted {
            order_id: self.id.to_string(),
            order: self.summary(),
            version: 4,
            at: now(),
            by: by(conventions::Role::Worker, self.worker.0),
            worker_id: self.worker.to_string(),
            price: Some(rub(price)),
            ..Default::default()
        }
    }

    pub fn failed(&self, price: i64) -> orders::OrderFailed {
        orders::OrderFailed {
            order_id: self.id.to_string(),
            order: self.summary(),
            version: 3,
            at: now(),
            by: by(conventions::Role::System, Uuid::nil()),
            worker_id: self.worker.to_string(),
            price: Some(rub(price)),
            kind: orders::FailureKind::NoShow.into(),
            reason: "no start in time".into(),
        }
    }

    pub fn cancelled(&self, price: Option<i64>) -> orders::OrderCancelled {
        orders::OrderCancelled {
            order_id: self.id.to_string(),
            order: self.summary(),
            version: 3,
            at: now(),
            by: by(conventions::Role::Client, self.client.0),
            worker_id: price.map(|_| self.worker.to_string()).unwrap_or_default(),
            price: price.map(rub),
            reason: "plans changed".into(),
        }
    }
}

fn now() -> Option<prost_types::Timestamp> {
    Some(conventions::wire::timestamp(noon()))
}

fn rub(minor_units: i64) -> types::Money {
    types::Money {
        currency_code: "RUB".into(),
        minor_units,
    }
}

fn by(role: conventions::Role, id: Uuid) -> Option<types::Actor> {
    Some(types::Actor {
        role: role.into(),
        id: id.to_string(),
    })
}

fn person(name: &str) -> types::Person {
    types::Person {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        language: "ru".into(),
    }
}

const BOUND: std::time::Duration = std::time::Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn b3_every_ending_of_an_order_is_settled_by_the_rules() {
    let mesh = Mesh::start().await;
    let order = Order::new();
    mesh.say(&order.client_state()).await;
    mesh.say(&order.worker_state()).await;
    mesh.say(&order.completed(10_001)).await;
    mesh.balance_becomes(&Owner::Client(order.client), 10_001).await;
    mesh.balance_becomes(&Owner::Worker(order.worker), 6_001).await;
    mesh.say(&order.of_same_people().cancelled(Some(9_500))).await;
    mesh.balance_becomes(&Owner::Client(order.client), 19_501).await;
    mesh.say(&order.of_same_people().cancelled(None)).await;
    mesh.say(&order.of_same_people().failed(10_000)).await;
    mesh.balance_becomes(&Owner::Client(order.client), 29_501).await;
    mesh.balance_becomes(&Owner::Worker(order.worker), 2_001).await;
    assert_eq!(mesh.house.count("SELECT count(*) FROM transactions").await, 3);
    eventually(BOUND, async || {
        match mesh.house.count("SELECT count(*) FROM outbox").await {
            0 => Ok(()),
            left => Err(format!("{left} announcements are not sent yet")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_an_ending_that_comes_before_its_people_are_known_waits_for_them_and_holds_up_nobody() {
    let mesh = Mesh::start().await;
    let (early, other) = (Order::new(), Order::new());
    mesh.say(&early.completed(10_000)).await;
    mesh.say(&other.client_state()).await;
    mesh.say(&other.worker_state()).await;
    mesh.say(&other.completed(10_000)).await;
    mesh.balance_becomes(&Owner::Client(other.client), 10_000).await;
    mesh.say(&early.client_state()).await;
    mesh.say(&early.worker_state()).await;
    mesh.balance_becomes(&Owner::Client(early.client), 10_000).await;
    mesh.balance_becomes(&Owner::Worker(early.worker), 6_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_an_ending_that_makes_no_sense_is_parked_and_others_go_on() {
    let mesh = Mesh::start().await;
    let order = Order::new();
    mesh.say(&order.client_state()).await;
    mesh.say(&order.worker_state()).await;
    let mut nonsense = order.completed(1);
    nonsense.price = Some(types::Money {
        currency_code: "USD".into(),
        minor_units: 5,
    });
    mesh.say(&nonsense).await;
    mesh.say(&order.of_same_people().completed(-5)).await;
    mesh.say(&order.of_same_people().completed(700)).await;
    mesh.balance_becomes(&Owner::Client(order.client), 700).await;
    eventually(BOUND, async || {
        match mesh
            .house
            .count("SELECT count(*) FROM parked WHERE state = 'parked'")
            .await
        {
            2 => Ok(()),
            parked => Err(format!("{parked} are parked")),
        }
    })
    .await;
}
