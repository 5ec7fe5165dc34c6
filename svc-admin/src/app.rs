//! The composition root: settings in, a running service out.

use std::net::SocketAddr;
use std::time::Duration;

use admin_contract::v1::admin_service_server::AdminServiceServer;
use messaging::{Consumer, Kafka, Relay};
use service_host::config::Only;
use service_host::{Access, Clock, Database, Server, Supervisor, requests, supervisor};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::{events, grpc};

/// How long running work may continue after shutdown is requested.
const DRAIN: Duration = Duration::from_secs(30);
/// How often stored answers that have expired are deleted.
const PURGE: Duration = Duration::from_hours(1);

/// The service, built and bound to its address, but not running yet.
pub struct App {
    server: Server,
    relay: Relay,
    consumer: Consumer,
    db: Database,
    only: Option<Only>,
}

/// Builds the service and binds its address. Database and broker need not be reachable yet.
pub async fn build(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let relay = Relay::new(db.clone(), &kafka, "admin");
    let consumer = events::listen(Consumer::new(db.clone(), &kafka, "admin"));
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let api = grpc::Api {
        db: db.clone(),
        clock,
        currency: config.currency,
    };
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(admin_contract::METHODS, admin_contract::FILE_DESCRIPTOR_SET)
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(AdminServiceServer::new(api))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health());
    Ok(App {
        server,
        relay,
        consumer,
        db,
        only: config.only,
    })
}

impl App {
    /// The address that the server listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until `shutdown`, then drains.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        tasks.spawn("grpc", self.server.of_part(self.only).run(shutdown.clone()));
        if Only::events(self.only) {
            tasks.spawn("relay", self.relay.run(shutdown.clone()));
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
        }
        if Only::jobs(self.only) {
            tasks.spawn("purge-requests", requests::purging(self.db, PURGE, shutdown));
        }
        tasks.run(DRAIN).await
    }
}
