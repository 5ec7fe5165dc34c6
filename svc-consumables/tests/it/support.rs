//! A house to test in: the real service, the topics of its neighbours, and stand-ins for the
//! outside world.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use admin_contract::v1::{MaterialNeed, ServiceTypeState};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use consumables_contract::v1 as pb;
use consumables_contract::v1::consumables_service_client::ConsumablesServiceClient;
use conventions::types::{Actor, Money, Slot};
use conventions::wire::timestamp;
use conventions::{Event, Role};
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, Kafka, KafkaOptions, On, Received, Relay, Stop};
use orders_contract::v1 as orders;
use service::{Clock, Settings};
use service_host::{Database, DatabaseOptions};
use svc_consumables::config::Config;
use test_support::{Tokens, authorised, eventually};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Request, Status};
use uuid::Uuid;

pub const BOUND: Duration = Duration::from_secs(20);

/// The time on a house's clock when it opens: 2026-12-01, 09:00 UTC.
const OPENING: DateTime<Utc> = DateTime::from_timestamp_nanos(1_796_115_600_000_000_000);

#[derive(Parser)]
struct DatabaseSettings {
    #[command(flatten)]
    database: DatabaseOptions,
}

/// An event's id, type and payload.
type Told = (Uuid, &'static str, Vec<u8>);

/// The events that a neighbour received, in order.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<Told>>>);

impl<M: Event> On<M> for Heard {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let mut heard = self.0.lock().unwrap();
        if heard.iter().all(|(id, _, _)| *id != event.id) {
            heard.push((event.id, M::TYPE, event.message.encode_to_vec()));
        }
        Ok(())
    }
}

impl Heard {
    /// All events of one kind.
    pub fn all<M: Event>(&self) -> Vec<M> {
        let heard = self.0.lock().unwrap();
        heard
            .iter()
            .filter(|(_, kind, _)| *kind == M::TYPE)
            .map(|(_, _, bytes)| M::decode(bytes.as_slice()).unwrap())
            .collect()
    }
}

pub struct House {
    pub channel: Channel,
    pub tokens: Tokens,
    /// The clock of the service and of its neighbours.
    pub clock: Clock,
    pub database: test_support::Database,
    /// The orders and admin side of the broker.
    pub neighbours: Database,
    pub heard: Heard,
    pub world: outside_world::Running,
    pub employee: Uuid,
    pub service_type: Uuid,
    shutdown: CancellationToken,
    _neighbours_database: test_support::Database,
    _kafka: test_support::Kafka,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl House {
    /// Opens it, with one employee, and a service type that needs two cloths and one soap.
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub async fn open_with(settings: &[&str]) -> Self {
        let database = test_support::Database::fresh(&[
            service_host::MIGRATIONS,
            messaging::MIGRATIONS,
            svc_consumables::MIGRATIONS,
        ])
        .await;
        let neighbours_database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        let kafka = test_support::Kafka::from_env();
        let tokens = Tokens::new();
        let world = outside_world::start(outside_world::Options::for_tests())
            .await
            .unwrap();
        let shutdown = CancellationToken::new();
        let (neighbours, heard) = neighbours(&neighbours_database, &kafka, &shutdown).await;

        let mut arguments = [
            vec!["svc".to_owned()],
            test_support::arguments(&database, &tokens),
            kafka.arguments(),
            vec![
                format!("--bakery-url={}", world.http_url()),
                "--bakery-timeout=500ms".to_owned(),
                "--cookie-poll=50ms".to_owned(),
                "--cookie-retry=50ms".to_owned(),
            ],
        ]
        .concat();
        arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
        let settings = Settings::<Config>::parse_from(arguments);
        let clock = Clock::starting_at(OPENING);
        let app = svc_consumables::app::build(&settings, clock.clone()).unwrap();
        let address = app.local_addr();
        tokio::spawn(app.run(shutdown.clone()));
        let house = Self {
            channel: test_support::channel(address).await,
            tokens,
            clock,
            database,
            neighbours,
            heard,
            world,
            employee: Uuid::new_v4(),
            service_type: Uuid::new_v4(),
            shutdown,
            _neighbours_database: neighbours_database,
            _kafka: kafka,
        };
        house.furnish().await;
        house
    }

    async fn furnish(&self) {
        let request = pb::RegisterEmployeeRequest {
            request_id: id(),
            employee_id: self.employee.to_string(),
            name: "Галина".to_owned(),
        };
        let root = self.tokens.root(Uuid::new_v4());
        self.api()
            .register_employee(authorised(request, &root))
            .await
            .unwrap();
        self.tell(&self.service_type_state(1, &[("cloth", 2), ("soap", 1)]))
            .await;
    }

    pub fn api(&self) -> ConsumablesServiceClient<Channel> {
        ConsumablesServiceClient::new(self.channel.clone())
    }

    /// The employee's request.
    pub fn staff<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.tokens.consumables(self.employee))
    }

    /// A neighbour publishes an event.
    pub async fn tell<M: Event>(&self, event: &M) {
        self.neighbours
            .transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, event).await)
            .await
            .unwrap();
    }

    pub fn service_type_state(&self, version: i64, materials: &[(&str, i64)]) -> ServiceTypeState {
        ServiceTypeState {
            service_type_id: self.service_type.to_string(),
            version,
            name: "Window cleaning".to_owned(),
            description: String::new(),
            base_price: Some(price()),
            duration: Some(prost_types::Duration {
                seconds: 3_600,
                nanos: 0,
            }),
            grace_period: Some(prost_types::Duration {
                seconds: 900,
                nanos: 0,
            }),
            needed_traits: Vec::new(),
            materials: materials
                .iter()
                .map(|(code, quantity)| MaterialNeed {
                    material_code: (*code).to_owned(),
                    quantity: *quantity,
                })
                .collect(),
            archived: false,
            changed_at: Some(timestamp(self.clock.now())),
            changed_by: Some(system()),
        }
    }

    /// An order that this house's service type is for.
    pub fn order(&self, client_name: &str) -> TestOrder {
        let now = self.clock.now();
        TestOrder {
            now,
            id: Uuid::new_v4(),
            worker: Uuid::new_v4(),
            summary: orders::OrderSummary {
                client_id: id(),
                client_name: client_name.to_owned(),
                service_type_id: self.service_type.to_string(),
                service_type_version: 1,
                service_type_name: "Window cleaning".to_owned(),
                description: "Three windows".to_owned(),
                place: "Main Street 1".to_owned(),
                slot: Some(slot(now + TimeDelta::hours(2))),
                contact: "Anna".to_owned(),
                repeat_of: String::new(),
            },
        }
    }

    pub async fn receive(&self, code: &str, quantity: i64) -> pb::Material {
        let request = pb::ReceiveStockRequest {
            request_id: id(),
            material_code: code.to_owned(),
            quantity,
            reason: "delivery note 7".to_owned(),
        };
        let answer = self.api().receive_stock(self.staff(request)).await.unwrap();
        answer.into_inner().material.unwrap()
    }

    pub async fn create(&self, code: &str, low_level: i64) {
        let request = pb::CreateMaterialRequest {
            request_id: id(),
            code: code.to_owned(),
            name: format!("{code} (fine)"),
            unit: "piece".to_owned(),
            low_level,
        };
        self.api().create_material(self.staff(request)).await.unwrap();
    }

    pub async fn material(&self, code: &str) -> pb::Material {
        let request = pb::GetMaterialRequest {
            code: code.to_owned(),
        };
        let answer = self.api().get_material(self.staff(request)).await.unwrap();
        answer.into_inner().material.unwrap()
    }

    /// All kits of an order.
    pub async fn kits(&self, order: &TestOrder) -> Vec<pb::Kit> {
        let request = pb::ListKitsRequest {
            order_id: order.id.to_string(),
            ..Default::default()
        };
        self.api()
            .list_kits(self.staff(request))
            .await
            .unwrap()
            .into_inner()
            .kits
    }

    /// The order's first kit, once it is as wanted.
    pub async fn kit(&self, order: &TestOrder, wanted: impl Fn(&pb::Kit) -> bool) -> pb::Kit {
        let wanted = &wanted;
        eventually(BOUND, async || {
            let kits = self.kits(order).await;
            kits.iter()
                .find(|kit| wanted(kit))
                .cloned()
                .ok_or_else(|| format!("{kits:?}"))
        })
        .await
    }

    /// Assigns the order and waits for its kit.
    pub async fn assigned(&self, order: &TestOrder) -> pb::Kit {
        self.tell(&order.assigned(2)).await;
        self.kit(order, |_| true).await
    }

    pub async fn take(&self, kit: &pb::Kit) -> Result<pb::Kit, Status> {
        let request = pb::TakeKitRequest {
            request_id: id(),
            kit_id: kit.kit_id.clone(),
            take_over: false,
        };
        let answer = self.api().take_kit(self.staff(request)).await?;
        Ok(answer.into_inner().kit.unwrap())
    }

    pub async fn ready(&self, kit: &pb::Kit) -> Result<pb::Kit, Status> {
        let request = pb::MarkKitReadyRequest {
            request_id: id(),
            kit_id: kit.kit_id.clone(),
        };
        let answer = self.api().mark_kit_ready(self.staff(request)).await?;
        Ok(answer.into_inner().kit.unwrap())
    }

    pub async fn mark_cookie(&self, kit: &pb::Kit) -> Result<pb::Kit, Status> {
        let request = pb::MarkCookieRequest {
            request_id: id(),
            kit_id: kit.kit_id.clone(),
        };
        let answer = self.api().mark_cookie(self.staff(request)).await?;
        Ok(answer.into_inner().kit.unwrap())
    }

    pub async fn issue(&self, kit: &pb::Kit, to: Uuid, without_cookie: &str) -> Result<pb::Kit, Status> {
        let request = pb::IssueKitRequest {
            request_id: id(),
            kit_id: kit.kit_id.clone(),
            worker_id: to.to_string(),
            without_cookie_reason: without_cookie.to_owned(),
        };
        let answer = self.api().issue_kit(self.staff(request)).await?;
        Ok(answer.into_inner().kit.unwrap())
    }

    /// Waits until a neighbour has heard so many events of this kind.
    pub async fn hears<M: Event>(&self, count: usize) -> Vec<M> {
        eventually(BOUND, async || {
            let heard = self.heard.all::<M>();
            if heard.len() == count {
                Ok(heard)
            } else {
                Err(format!("{} heard, not {count}", heard.len()))
            }
        })
        .await
    }
}

/// An order as svc-orders would tell of it.
pub struct TestOrder {
    pub id: Uuid,
    pub worker: Uuid,
    /// When its events happen.
    now: DateTime<Utc>,
    pub summary: orders::OrderSummary,
}

impl TestOrder {
    pub fn starting(mut self, at: DateTime<Utc>) -> Self {
        self.summary.slot = Some(slot(at));
        self
    }

    pub fn assigned(&self, version: i64) -> orders::OrderAssigned {
        orders::OrderAssigned {
            order_id: self.id.to_string(),
            order: Some(self.summary.clone()),
            version,
            at: Some(timestamp(self.now)),
            by: Some(system()),
            worker_id: self.worker.to_string(),
            price: Some(price()),
            worker_name: "Борис".to_owned(),
            pipeline_version: 1,
            ..Default::default()
        }
    }

    pub fn unassigned(&self, version: i64) -> orders::OrderUnassigned {
        orders::OrderUnassigned {
            order_id: self.id.to_string(),
            order: Some(self.summary.clone()),
            version,
            at: Some(timestamp(self.now)),
            by: Some(system()),
            worker_id: self.worker.to_string(),
            reason: "suspended".to_owned(),
        }
    }

    pub fn cancelled(&self, version: i64) -> orders::OrderCancelled {
        orders::OrderCancelled {
            order_id: self.id.to_string(),
            order: Some(self.summary.clone()),
            version,
            at: Some(timestamp(self.now)),
            by: Some(system()),
            worker_id: self.worker.to_string(),
            price: Some(price()),
            reason: String::new(),
        }
    }

    pub fn failed(&self, version: i64) -> orders::OrderFailed {
        orders::OrderFailed {
            order_id: self.id.to_string(),
            order: Some(self.summary.clone()),
            version,
            at: Some(timestamp(self.now)),
            by: Some(system()),
            worker_id: self.worker.to_string(),
            price: Some(price()),
            kind: orders::FailureKind::NoShow.into(),
            reason: String::new(),
        }
    }
}

async fn neighbours(
    database: &test_support::Database,
    kafka: &test_support::Kafka,
    shutdown: &CancellationToken,
) -> (Database, Heard) {
    let url = format!("--database-url={}", database.url());
    let db = Database::new(&DatabaseSettings::parse_from(["x", &url]).database).unwrap();
    let kafka = Kafka::new(&KafkaOptions::new(kafka.brokers(), kafka.prefix()));
    for topics in [
        consumables_contract::TOPICS,
        orders_contract::TOPICS,
        admin_contract::TOPICS,
    ] {
        messaging::topics::ensure(&kafka, topics, 2, 1).await.unwrap();
    }
    let heard = Heard::default();
    let consumer = Consumer::new(db.clone(), &kafka, "neighbour")
        .on::<pb::KitRequested, _>(heard.clone())
        .on::<pb::KitCollecting, _>(heard.clone())
        .on::<pb::KitReady, _>(heard.clone())
        .on::<pb::KitIssued, _>(heard.clone())
        .on::<pb::KitCancelled, _>(heard.clone())
        .on::<pb::CookieOrdered, _>(heard.clone())
        .on::<pb::CookieDelivered, _>(heard.clone())
        .on::<pb::CookieLate, _>(heard.clone())
        .on::<pb::CookieFailed, _>(heard.clone())
        .on::<pb::StockLow, _>(heard.clone());
    tokio::spawn(consumer.run(shutdown.clone()));
    tokio::spawn(Relay::new(db.clone(), &kafka, "neighbour").run(shutdown.clone()));
    (db, heard)
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

pub fn system() -> Actor {
    Actor {
        role: Role::System.into(),
        id: String::new(),
    }
}

fn price() -> Money {
    Money {
        currency_code: "RUB".to_owned(),
        minor_units: 10_000,
    }
}

fn slot(start: DateTime<Utc>) -> Slot {
    Slot {
        start: Some(timestamp(start)),
        end: Some(timestamp(start + TimeDelta::hours(1))),
    }
}
