//! The composition root: settings in, a running service out.

use std::net::SocketAddr;
use std::time::Duration;

use consumables_contract::v1::consumables_service_server::ConsumablesServiceServer;
use messaging::{Consumer, Kafka, Relay};
use service_host::{Access, Clock, Database, Only, Server, Supervisor, jobs, requests, supervisor};
use tokio_util::sync::CancellationToken;

use crate::bakery::Bakery;
use crate::config::Config;
use crate::domain::cookie::RetrySchedule;
use crate::events::on_order::OnOrder;
use crate::events::on_service_type::OnServiceType;
use crate::grpc::Api;
use crate::jobs::cookies;

/// How long a shutdown may take.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// The service, ready to run. Its port is open already.
pub struct App {
    only: Option<Only>,
    db: Database,
    server: Server,
    consumer: Consumer,
    relay: Relay,
    bakery: Bakery,
    schedule: RetrySchedule,
    clock: Clock,
}

/// Builds the service.
///
/// # Errors
/// Settings that can't be used, or a port that is taken. A database, broker or bakery that is away is no error: the service
/// starts, says so in its health, and goes on when they are back.
pub async fn build(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let schedule = config.bakery.schedule();
    let bakery = Bakery::new(config.bakery.bakery_url.clone(), config.bakery.bakery_timeout)?;
    let consumer = Consumer::new(db.clone(), &kafka, "consumables")
        .on::<admin_contract::v1::ServiceTypeState, _>(OnServiceType)
        .on::<orders_contract::v1::OrderAssigned, _>(OnOrder { schedule })
        .on::<orders_contract::v1::OrderUnassigned, _>(OnOrder { schedule })
        .on::<orders_contract::v1::OrderCancelled, _>(OnOrder { schedule })
        .on::<orders_contract::v1::OrderFailed, _>(OnOrder { schedule })
        .on::<orders_contract::v1::OrderCompleted, _>(OnOrder { schedule });
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(
            consumables_contract::METHODS,
            consumables_contract::FILE_DESCRIPTOR_SET,
        )
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(ConsumablesServiceServer::new(Api {
            db: db.clone(),
            clock: clock.clone(),
            schedule,
        }))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health())
        .uses("bakery", bakery.witness().health());
    Ok(App {
        only: config.only,
        relay: Relay::new(db.clone(), &kafka, "consumables"),
        db,
        server,
        consumer,
        bakery,
        schedule,
        clock,
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
            tasks.spawn("relay", self.relay.run(shutdown.clone()));
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
        }
        if Only::jobs(self.only) {
            let (db, bakery, schedule, clock) = (self.db.clone(), self.bakery, self.schedule, self.clock);
            // The shortest pause that an answer, or the lack of one, can ask for.
            let interval = schedule.poll.min(schedule.first_pause);
            tasks.spawn(
                "cookies",
                jobs::every("cookies", interval, &self.db).run(shutdown.clone(), async move || {
                    cookies::run(&db, &bakery, &schedule, &clock).await
                }),
            );
            let purging = requests::purging(self.db, Duration::from_hours(1), shutdown);
            tasks.spawn("purge-requests", purging);
        }
        tasks.run(SHUTDOWN).await
    }
}
