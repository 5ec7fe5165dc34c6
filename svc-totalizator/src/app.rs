//! The composition root: settings in, a running service out. There is no relay: nothing is published.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use messaging::{Consumer, Kafka};
use orders_contract::v1 as orders;
use service_host::{Access, Database, Only, Server, Supervisor, jobs, supervisor};
use tokio_util::sync::CancellationToken;
use totalizator_contract::v1::totalizator_service_server::TotalizatorServiceServer;

use crate::config::Config;
use crate::events::Listener;
use crate::grpc::Api;
use crate::jobs::erase;

/// How long a shutdown may take.
const SHUTDOWN: Duration = Duration::from_secs(30);
/// How often it is looked for what is to be erased.
const ERASE: Duration = Duration::from_mins(10);

/// The service, ready to run. Its port is open already.
pub struct App {
    only: Option<Only>,
    db: Database,
    server: Server,
    consumer: Consumer,
    keep: Duration,
}

/// Builds the service.
///
/// # Errors
/// Settings that can't be used, or a port that is taken. A database or broker that is away is no error: the service starts,
/// says so in its health, and goes on when they are back.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let listener = Listener {
        currency: config.currency,
    };
    let consumer = Consumer::new(db.clone(), &kafka, "totalizator")
        // T5: neither the broker's list of groups nor an order's trace tells that somebody bets on it.
        .group(&config.group)
        .untraced()
        .on::<orders::OrderPlaced, _>(listener)
        .on::<orders::OrderWaiting, _>(listener)
        .on::<orders::OrderAssigned, _>(listener)
        .on::<orders::OrderUnassigned, _>(listener)
        .on::<orders::OrderStarted, _>(listener)
        .on::<orders::OrderCompleted, _>(listener)
        .on::<orders::OrderCancelled, _>(listener)
        .on::<orders::OrderFailed, _>(listener);
    let operations = consumer.operations(env!("CARGO_PKG_VERSION")).nameless();
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(
            totalizator_contract::METHODS,
            totalizator_contract::FILE_DESCRIPTOR_SET,
        )
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(TotalizatorServiceServer::new(Api {
            db: db.clone(),
            key: config.key.key.clone(),
            currency: config.currency,
        }))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health());
    Ok(App {
        only: config.only,
        db,
        server,
        consumer,
        keep: config.keep,
    })
}

impl App {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until the shutdown, then finishes what it is at.
    ///
    /// # Errors
    /// A part that ended by itself.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        tasks.spawn("grpc", self.server.of_part(self.only).run(shutdown.clone()));
        if Only::events(self.only) {
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
        }
        if Only::jobs(self.only) {
            let (db, keep) = (self.db.clone(), self.keep);
            tasks.spawn(
                "erase",
                jobs::every("erase", ERASE, &self.db)
                    .run(shutdown, async move || erase::run(&db, keep, Utc::now()).await),
            );
        }
        tasks.run(SHUTDOWN).await
    }
}
