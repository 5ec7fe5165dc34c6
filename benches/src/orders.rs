//! `svc-orders` as it is run for real: its own process, a database of its own, callers with tokens.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{TimeDelta, Utc};
use conventions::wire;
use diesel_async::AsyncPgConnection;
use money::{Currency, Money};
use orders_contract::v1 as pb;
use orders_contract::v1::orders_service_client::OrdersServiceClient;
use svc_orders::domain::client::{Client, Profile};
use svc_orders::domain::ids::{ClientId, ServiceTypeId};
use svc_orders::domain::service_type::ServiceType;
use svc_orders::store;
use svc_orders::store::clients::NewClients;
use test_support::{Database, Kafka, Tokens, authorised, free_port};
use tokio::process::{Child, Command};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::program;

/// So many connections do the callers share.
const CONNECTIONS: usize = 8;

/// A running service and its clients.
pub struct Orders {
    pub database: Database,
    pub clients: Vec<Caller>,
    pub service: ServiceTypeId,
    pub connections: Connections,
    pub tokens: Tokens,
    process: Child,
}

/// What callers share to call by.
#[derive(Clone)]
pub struct Connections(Arc<[Channel]>);

impl Connections {
    pub async fn open(endpoint: &Endpoint) -> anyhow::Result<Self> {
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(endpoint.connect().await?);
        }
        Ok(Self(channels.into()))
    }

    /// A way to call for this caller.
    pub fn calls(&self, caller: usize) -> OrdersServiceClient<Channel> {
        OrdersServiceClient::new(self.0[caller % CONNECTIONS].clone())
    }
}

/// A client of the service.
#[derive(Clone)]
pub struct Caller {
    pub id: String,
    token: String,
}

impl Orders {
    /// Starts it for calls only: neither the relay nor matching work on what callers write
    /// meanwhile.
    pub async fn start(clients: usize) -> anyhow::Result<Self> {
        let database = Database::fresh(&[
            service_host::MIGRATIONS,
            messaging::MIGRATIONS,
            svc_orders::MIGRATIONS,
        ])
        .await;
        let tokens = Tokens::new();
        let address = format!("127.0.0.1:{}", free_port());
        let process = Command::new(program::path("svc-orders"))
            .args(["serve", "--only=grpc"])
            .args(test_support::arguments(&database, &tokens).iter().skip(1))
            .args(Kafka::from_env().arguments())
            .arg(format!("--grpc-listen={address}"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("svc-orders can't be started")?;
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
        program::until_serving(&endpoint, Duration::from_secs(30)).await?;
        let service = service_type();
        let people: Vec<Client> = (1..=clients as u128).map(person).collect();
        let mut conn = database.connection().await;
        fill(&mut conn, &service, &people).await?;
        let clients = people.iter().map(|client| Caller {
            id: client.id.to_string(),
            token: tokens.client(client.id),
        });
        Ok(Self {
            clients: clients.collect(),
            database,
            service: service.id,
            connections: Connections::open(&endpoint).await?,
            tokens,
            process,
        })
    }

    /// The most memory that the service ever had resident, in KiB.
    pub fn resident_at_most(&self) -> anyhow::Result<u64> {
        let pid = self.process.id().context("it has ended by itself")?;
        program::status_of(&pid.to_string(), "VmHWM:")
    }

    /// A new order for tomorrow.
    pub fn order(&self, caller: &Caller) -> pb::PlaceOrderRequest {
        let start = Utc::now() + TimeDelta::days(1);
        pb::PlaceOrderRequest {
            request_id: Uuid::new_v4().to_string(),
            client_id: caller.id.clone(),
            service_type_id: self.service.to_string(),
            description: "Stand in a queue for two tickets, row 7 or nearer, until they are sold out".into(),
            place: "1 Main Street, entrance from the yard".into(),
            slot: Some(wire::slot(start, start + TimeDelta::hours(1))),
            contact: "Anna, +7 000 000-00-00".into(),
        }
    }
}

impl Caller {
    /// The message with this caller's token.
    pub fn sends<M>(&self, message: M) -> Request<M> {
        authorised(message, &self.token)
    }
}

async fn fill(conn: &mut AsyncPgConnection, service: &ServiceType, clients: &[Client]) -> anyhow::Result<()> {
    store::service_types::record(conn, service).await?;
    messaging::save(conn, &NewClients(clients)).await?;
    Ok(())
}

/// The clients' ids are counted, so that other tools can name them as well.
fn person(number: u128) -> Client {
    Client {
        id: ClientId(Uuid::from_u128(number)),
        profile: Profile {
            external_id: None,
            name: "Anna Ivanova".into(),
            email: "anna@example.com".into(),
            phone: "+70000000000".into(),
            language: "ru".into(),
        },
        registered_at: Utc::now(),
        version: 1,
    }
}

fn service_type() -> ServiceType {
    ServiceType {
        id: ServiceTypeId::generate(),
        version: 1,
        name: "Queueing".into(),
        description: "Somebody stands in a queue for you".into(),
        base_price: Money::new(10_000, Currency::RUB),
        duration: TimeDelta::hours(1),
        grace: TimeDelta::minutes(15),
        needs: [].into(),
        active: true,
    }
}
