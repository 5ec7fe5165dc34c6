//! The real service on a free port with its own database, and the calls that many tests make.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser as _;
use conventions::types::{Person, Slot};
use conventions::wire;
use diesel_async::AsyncPgConnection;
use money::{Currency, Money};
use orders_contract::v1 as pb;
use orders_contract::v1::matching_service_client::MatchingServiceClient;
use orders_contract::v1::orders_service_client::OrdersServiceClient;
use orders_contract::v1::workers_service_client::WorkersServiceClient;
use service::{Clock, Settings};
use service_host::{Database, DatabaseOptions};
use svc_orders::app;
use svc_orders::config::Config;
use svc_orders::domain::ids::{ServiceTypeId, WorkerId};
use svc_orders::domain::service_type::ServiceType;
use svc_orders::domain::worker::{Admission, Record, Standing, Traits, Worker};
use svc_orders::store;
use test_support::{Kafka, Tokens, authorised, channel, eventually};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Request, Status};
use uuid::Uuid;

/// How long a condition may take to become true on a busy machine.
pub const BOUND: Duration = Duration::from_secs(30);
/// A PNG as far as the service checks.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and then pixels";

#[derive(clap::Parser)]
struct DatabaseCli {
    #[command(flatten)]
    database: DatabaseOptions,
}

/// A running service.
pub struct World {
    pub db: Database,
    pub tokens: Tokens,
    pub service: ServiceTypeId,
    channel: Channel,
    shutdown: CancellationToken,
    photos: std::path::PathBuf,
    database: test_support::Database,
}

/// A database with this service's tables, for tests below the service.
pub async fn database() -> (test_support::Database, Database) {
    let sets = [
        service_host::MIGRATIONS,
        ::messaging::MIGRATIONS,
        svc_orders::MIGRATIONS,
    ];
    let database = test_support::Database::fresh(&sets).await;
    let url = format!("--database-url={}", database.url());
    // Many contenders on a busy machine: long timeouts cost nothing.
    let timeouts = [
        "--database-pool-size=10",
        "--database-wait=30s",
        "--database-connect-timeout=30s",
    ];
    let arguments = ["test", url.as_str()].into_iter().chain(timeouts);
    let options = DatabaseCli::parse_from(arguments);
    let db = Database::new(&options.database).unwrap();
    (database, db)
}

impl World {
    /// Starts the service without a broker: events stay in the outbox. The catalogue has one
    /// service type.
    pub async fn start() -> Self {
        Self::start_with(&["--kafka-brokers=127.0.0.1:1".to_owned()]).await
    }

    /// Starts the service with a broker.
    pub async fn start_with_kafka(kafka: &Kafka) -> Self {
        Self::start_with(&kafka.arguments()).await
    }

    async fn start_with(arguments: &[String]) -> Self {
        let (database, db) = database().await;
        let tokens = Tokens::new();
        let photos = std::env::temp_dir().join(format!("artel-photos-{}", Uuid::now_v7()));
        let own = [
            "svc-orders".to_owned(),
            format!("--photo-store={}", photos.display()),
            "--matching-interval=200ms".to_owned(),
            "--no-show-interval=200ms".to_owned(),
            "--database-pool-size=16".to_owned(),
            // The database of a busy machine is slow, not unavailable.
            "--database-wait=30s".to_owned(),
            "--database-connect-timeout=30s".to_owned(),
            "--database-probe-timeout=30s".to_owned(),
        ];
        let standard = test_support::arguments(&database, &tokens);
        let all = own.into_iter().chain(standard).chain(arguments.iter().cloned());
        let settings = Settings::<Config>::parse_from(all);
        let app = app::build(&settings, Clock::system()).unwrap();
        let address = app.local_addr();
        let shutdown = CancellationToken::new();
        tokio::spawn(app.run(shutdown.clone()));
        let channel = channel(address).await;
        let service = ServiceTypeId::generate();
        let world = Self {
            db,
            tokens,
            service,
            channel,
            shutdown,
            photos,
            database,
        };
        world.offer(&service_type(service)).await;
        world
    }

    pub fn orders(&self) -> OrdersServiceClient<Channel> {
        OrdersServiceClient::new(self.channel.clone())
    }

    pub fn workers(&self) -> WorkersServiceClient<Channel> {
        WorkersServiceClient::new(self.channel.clone())
    }

    pub fn matching(&self) -> MatchingServiceClient<Channel> {
        MatchingServiceClient::new(self.channel.clone())
    }

    /// Puts a version of a service type into the catalogue.
    pub async fn offer(&self, service: &ServiceType) {
        let keep = async |conn: &mut AsyncPgConnection| store::service_types::record(conn, service).await;
        self.db.transaction(keep).await.unwrap();
    }

    /// Registers a client; returns the id and a token.
    pub async fn client(&self) -> (String, String) {
        let request = pb::RegisterClientRequest {
            request_id: id(),
            person: Some(person("Anna")),
            phone: "+70000000000".into(),
            external_id: String::new(),
        };
        let request = authorised(request, &self.tokens.service("importer"));
        let client = self
            .orders()
            .register_client(request)
            .await
            .unwrap()
            .into_inner()
            .client
            .unwrap();
        let token = self.tokens.client(&client.client_id);
        (client.client_id, token)
    }

    /// Admits a worker to the pool; returns the id and a token.
    pub async fn worker(&self) -> (WorkerId, String) {
        let admission = admission(worker("Boris"));
        let admit = async |conn: &mut AsyncPgConnection| messaging::save(conn, &admission).await;
        assert!(self.db.transaction(admit).await.unwrap());
        let id = admission.worker.id;
        (id, self.tokens.worker(id))
    }

    /// A request for an order of the catalogue's service type.
    pub fn order(&self, client: &str, slot: Slot) -> pb::PlaceOrderRequest {
        pb::PlaceOrderRequest {
            request_id: id(),
            client_id: client.to_owned(),
            service_type_id: self.service.to_string(),
            description: "Stand in a queue".into(),
            place: "1 Main Street".into(),
            slot: Some(slot),
            contact: "Anna, +70000000000".into(),
        }
    }

    /// Places an order; returns its id.
    pub async fn place(&self, client: &str, token: &str, slot: Slot) -> String {
        let request = authorised(self.order(client, slot), token);
        self.orders()
            .place_order(request)
            .await
            .unwrap()
            .into_inner()
            .order
            .unwrap()
            .order_id
    }

    /// The order as a manager sees it.
    pub async fn get(&self, order: &str) -> pb::GetOrderResponse {
        let request = pb::GetOrderRequest {
            order_id: order.to_owned(),
        };
        self.orders()
            .get_order(self.as_manager(request))
            .await
            .unwrap()
            .into_inner()
    }

    /// Waits until the order is in the state; returns it.
    pub async fn until(&self, order: &str, state: pb::OrderState) -> pb::Order {
        eventually(BOUND, async || {
            let order = self.get(order).await.order.unwrap();
            if order.state() == state {
                Ok(order)
            } else {
                Err(format!("{:?}", order.state()))
            }
        })
        .await
    }

    /// The worker starts and completes the order; returns the ids of both photos.
    pub async fn perform(&self, order: &str, token: &str) -> (String, String) {
        let start = self.upload(order, token, PNG).await.unwrap().photo_id;
        let request = pb::StartWorkRequest {
            request_id: id(),
            order_id: order.to_owned(),
            photo_id: start.clone(),
        };
        self.orders()
            .start_work(authorised(request, token))
            .await
            .unwrap();
        let report = self
            .upload(order, token, b"\xFF\xD8\xFF report")
            .await
            .unwrap()
            .photo_id;
        let request = pb::CompleteWorkRequest {
            request_id: id(),
            order_id: order.to_owned(),
            photo_id: report.clone(),
        };
        self.orders()
            .complete_work(authorised(request, token))
            .await
            .unwrap();
        (start, report)
    }

    /// Uploads a photo of the order.
    pub async fn upload(&self, order: &str, token: &str, content: &[u8]) -> Result<pb::Photo, Status> {
        let metadata = pb::PhotoMetadata {
            request_id: id(),
            order_id: order.to_owned(),
            sha256: String::new(),
        };
        self.upload_as(metadata, token, content).await
    }

    /// Uploads a photo with this metadata.
    pub async fn upload_as(
        &self,
        metadata: pb::PhotoMetadata,
        token: &str,
        content: &[u8],
    ) -> Result<pb::Photo, Status> {
        let first = pb::UploadPhotoRequest {
            metadata: Some(metadata),
            chunk: Vec::new(),
        };
        let chunks = content.chunks(1_000_000).map(|chunk| pb::UploadPhotoRequest {
            metadata: None,
            chunk: chunk.to_vec(),
        });
        let messages: Vec<_> = std::iter::once(first).chain(chunks).collect();
        let request = authorised(tokio_stream::iter(messages), token);
        Ok(self
            .orders()
            .upload_photo(request)
            .await?
            .into_inner()
            .photo
            .unwrap())
    }

    /// A connection outside the service's pool.
    pub async fn connection(&self) -> AsyncPgConnection {
        self.database.connection().await
    }

    /// Asks the service to shut down.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    /// A manager's request.
    pub fn as_manager<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.tokens.manager(Uuid::from_u128(7)))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
        let _ = std::fs::remove_dir_all(&self.photos);
    }
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

pub fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        email: format!("{name}@example.com").to_lowercase(),
        language: "ru".into(),
    }
}

/// A service type: 100.00 RUB, an hour, fifteen minutes of grace.
pub fn service_type(id: ServiceTypeId) -> ServiceType {
    ServiceType {
        id,
        version: 1,
        name: "Queueing".into(),
        description: "A worker stands in a queue for you".into(),
        base_price: Money::new(10_000, Currency::RUB),
        duration: TimeDelta::hours(1),
        grace: TimeDelta::minutes(15),
        needs: Traits::new(),
        active: true,
    }
}

/// A worker without orders.
pub fn worker(name: &str) -> Worker {
    Worker {
        id: WorkerId::generate(),
        name: name.to_owned(),
        email: format!("{name}@example.com").to_lowercase(),
        language: "ru".into(),
        standing: Standing::Active,
        age: 30,
        traits: Traits::new(),
        record: Record::default(),
        admitted_at: now(),
        version: 1,
    }
}

/// The worker's entry into the pool, by an application of its own.
pub fn admission(worker: Worker) -> Admission {
    Admission {
        worker,
        application: Uuid::new_v4(),
        portrait: b"face".to_vec(),
    }
}

/// The time of the service, which reads the same clock.
pub fn now() -> DateTime<Utc> {
    Clock::system().now()
}

/// A slot of an hour that begins `from_now` hours from now.
pub fn hour(from_now: i64) -> Slot {
    let start = now() + TimeDelta::hours(from_now);
    wire::slot(start, start + TimeDelta::hours(1))
}

/// A slot of an hour that begins `milliseconds` from now.
pub fn soon(milliseconds: i64) -> Slot {
    let start = now() + TimeDelta::milliseconds(milliseconds);
    wire::slot(start, start + TimeDelta::hours(1))
}

/// A slot of 100 milliseconds that begins `milliseconds` from now.
pub fn moment(milliseconds: i64) -> Slot {
    let start = now() + TimeDelta::milliseconds(milliseconds);
    wire::slot(start, start + TimeDelta::milliseconds(100))
}
