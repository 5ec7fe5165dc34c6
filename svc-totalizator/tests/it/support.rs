//! The real service, and a neighbour who tells of orders.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use conventions::types::{Actor, Money, Slot};
use conventions::{Event, Role};
use diesel::sql_types::{Binary, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use messaging::{Kafka, KafkaOptions, Relay};
use orders_contract::v1 as orders;
use prost_types::Timestamp;
use service::{Clock, Settings};
use service_host::{Database, DatabaseOptions};
use svc_totalizator::config::Config;
use test_support::{Tokens, authorised, eventually};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::transport::Channel;
use totalizator_contract::v1 as pb;
use totalizator_contract::v1::totalizator_service_client::TotalizatorServiceClient;
use uuid::Uuid;

pub const BOUND: Duration = Duration::from_secs(20);
pub const KEY: &str = "a key of at least thirty-two characters";

#[derive(Parser)]
struct DatabaseSettings {
    #[command(flatten)]
    database: DatabaseOptions,
}

pub struct House {
    pub address: String,
    pub channel: Channel,
    pub tokens: Tokens,
    pub database: test_support::Database,
    /// The service's own database, through the pool that services use.
    pub db: Database,
    orders: Database,
    shutdown: CancellationToken,
    _orders_database: test_support::Database,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn pool(database: &test_support::Database) -> Database {
    let url = format!("--database-url={}", database.url());
    Database::new(&DatabaseSettings::parse_from(["x", &url]).database).unwrap()
}

impl House {
    pub async fn open() -> Self {
        let database = test_support::Database::fresh(&[
            service_host::MIGRATIONS,
            messaging::MIGRATIONS,
            svc_totalizator::MIGRATIONS,
        ])
        .await;
        let orders_database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        let broker = test_support::Kafka::from_env();
        let tokens = Tokens::new();
        let shutdown = CancellationToken::new();
        let kafka = Kafka::new(&KafkaOptions::new(broker.brokers(), broker.prefix()));
        messaging::topics::ensure(&kafka, orders_contract::TOPICS, 2, 1)
            .await
            .unwrap();
        let orders = pool(&orders_database);
        tokio::spawn(Relay::new(orders.clone(), &kafka, "orders").run(shutdown.clone()));
        let arguments = [
            vec!["svc".to_owned(), format!("--key={KEY}")],
            test_support::arguments(&database, &tokens),
            broker.arguments(),
        ]
        .concat();
        let settings = Settings::<Config>::parse_from(arguments);
        let app = svc_totalizator::app::build(&settings, Clock::system()).unwrap();
        let address = app.local_addr();
        tokio::spawn(app.run(shutdown.clone()));
        Self {
            address: format!("http://{address}"),
            channel: test_support::channel(address).await,
            tokens,
            db: pool(&database),
            database,
            orders,
            shutdown,
            _orders_database: orders_database,
        }
    }

    pub fn api(&self) -> TotalizatorServiceClient<Channel> {
        TotalizatorServiceClient::new(self.channel.clone())
    }

    /// svc-orders publishes an event.
    pub async fn tell<M: Event>(&self, event: &M) {
        self.orders
            .transaction(async |conn: &mut AsyncPgConnection| test_support::publish(conn, event).await)
            .await
            .unwrap();
    }

    /// svc-orders' outbox holds an event that breaks its contract, which `publish` would refuse.
    pub async fn tell_unchecked<M: Event>(&self, event: &M) {
        let mut conn = self.orders.connection().await.unwrap();
        diesel::sql_query(
            "INSERT INTO outbox (topic, key, ce_id, ce_type, ce_time, payload) \
             VALUES ($1, $2, gen_random_uuid(), $3, now(), $4)",
        )
        .bind::<Text, _>(M::TOPIC)
        .bind::<Text, _>(event.key())
        .bind::<Text, _>(M::TYPE)
        .bind::<Binary, _>(event.encode_to_vec())
        .execute(&mut *conn)
        .await
        .unwrap();
    }

    /// An order that takes bets.
    pub async fn open_order(&self) -> TestOrder {
        let order = TestOrder(Uuid::new_v4());
        self.tell(&order.placed()).await;
        eventually(BOUND, async || self.pool(order.0).await).await;
        order
    }

    /// As a manager who has nothing to do with it sees it.
    pub async fn pool(&self, order: Uuid) -> Result<pb::Pool, Status> {
        self.pool_for(Uuid::new_v4(), order).await
    }

    pub async fn pool_for(&self, manager: Uuid, order: Uuid) -> Result<pb::Pool, Status> {
        let request = pb::GetPoolRequest {
            order_id: order.to_string(),
        };
        let token = self.tokens.manager(manager);
        let answer = self.api().get_pool(authorised(request, &token)).await?;
        Ok(answer.into_inner().pool.unwrap())
    }

    pub async fn bet(
        &self,
        order: &TestOrder,
        manager: Uuid,
        condition: pb::Condition,
        stake: i64,
    ) -> Result<pb::Bet, Status> {
        self.place(manager, &order.bet(condition, stake)).await
    }

    pub async fn place(&self, manager: Uuid, request: &pb::PlaceBetRequest) -> Result<pb::Bet, Status> {
        let request = authorised(request.clone(), &self.tokens.manager(manager));
        let answer = self.api().place_bet(request).await?;
        Ok(answer.into_inner().bet.unwrap())
    }

    pub async fn settlement(&self, order: &TestOrder, caller: Uuid) -> Result<pb::Settlement, Status> {
        let request = pb::GetSettlementRequest {
            order_id: order.0.to_string(),
        };
        let request = authorised(request, &self.tokens.manager(caller));
        let answer = self.api().get_settlement(request).await?;
        Ok(answer.into_inner().settlement.unwrap())
    }

    /// The order's settlement, once it is there.
    pub async fn settled(&self, order: &TestOrder) -> pb::Settlement {
        eventually(BOUND, async || self.settlement(order, Uuid::nil()).await).await
    }
}

/// An order as svc-orders would tell of it.
#[derive(Clone, Copy)]
pub struct TestOrder(pub Uuid);

impl TestOrder {
    pub fn bet(self, condition: pb::Condition, stake: i64) -> pb::PlaceBetRequest {
        pb::PlaceBetRequest {
            request_id: Uuid::new_v4().to_string(),
            order_id: self.0.to_string(),
            condition: condition.into(),
            stake: Some(rub(stake)),
        }
    }

    pub fn placed(self) -> orders::OrderPlaced {
        orders::OrderPlaced {
            order_id: self.0.to_string(),
            order: Some(summary()),
            version: 1,
            at: Some(timestamp(Utc::now())),
            by: Some(system()),
        }
    }

    pub fn started(self, at: DateTime<Utc>) -> orders::OrderStarted {
        orders::OrderStarted {
            order_id: self.0.to_string(),
            order: Some(summary()),
            version: 3,
            at: Some(timestamp(at)),
            by: Some(system()),
            worker_id: Uuid::new_v4().to_string(),
            ..Default::default()
        }
    }

    pub fn completed(self) -> orders::OrderCompleted {
        orders::OrderCompleted {
            order_id: self.0.to_string(),
            order: Some(summary()),
            version: 4,
            at: Some(timestamp(Utc::now())),
            by: Some(system()),
            worker_id: Uuid::new_v4().to_string(),
            price: Some(rub(10_000)),
            ..Default::default()
        }
    }

    pub fn cancelled(self) -> orders::OrderCancelled {
        orders::OrderCancelled {
            order_id: self.0.to_string(),
            order: Some(summary()),
            version: 4,
            at: Some(timestamp(Utc::now())),
            by: Some(system()),
            ..Default::default()
        }
    }

    pub fn failed(self, kind: orders::FailureKind) -> orders::OrderFailed {
        orders::OrderFailed {
            order_id: self.0.to_string(),
            order: Some(summary()),
            version: 4,
            at: Some(timestamp(Utc::now())),
            by: Some(system()),
            worker_id: Uuid::new_v4().to_string(),
            price: Some(rub(10_000)),
            kind: kind.into(),
            reason: String::new(),
        }
    }
}

fn summary() -> orders::OrderSummary {
    let start = Utc::now() + TimeDelta::hours(2);
    orders::OrderSummary {
        client_id: Uuid::new_v4().to_string(),
        client_name: "Анна".to_owned(),
        service_type_id: Uuid::new_v4().to_string(),
        service_type_version: 1,
        service_type_name: "Window cleaning".to_owned(),
        slot: Some(Slot {
            start: Some(timestamp(start)),
            end: Some(timestamp(start + TimeDelta::hours(1))),
        }),
        ..Default::default()
    }
}

pub fn rub(minor_units: i64) -> Money {
    Money {
        currency_code: "RUB".to_owned(),
        minor_units,
    }
}

fn system() -> Actor {
    Actor {
        role: Role::System.into(),
        id: String::new(),
    }
}

fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap(),
    }
}
