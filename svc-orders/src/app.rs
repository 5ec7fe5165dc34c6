//! The composition root: settings in, a running service out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use messaging::{Consumer, Kafka, Relay};
use orders_contract::v1::matching_service_server::MatchingServiceServer;
use orders_contract::v1::orders_service_server::OrdersServiceServer;
use orders_contract::v1::workers_service_server::WorkersServiceServer;
use service_host::config::Only;
use service_host::{Access, Clock, Database, Server, Supervisor, jobs as host_jobs, requests, supervisor};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::pricing;
use crate::photos::PhotoStore;
use crate::use_cases::match_order::{Matcher, Rules};
use crate::{events, grpc, jobs};

/// How long running work may take to end after a shutdown was asked for.
const DRAIN: Duration = Duration::from_secs(30);
/// How many photos may be on their way in at once: each takes up to 10 MiB of memory.
const UPLOADS: usize = 8;
/// How often answers to old requests are forgotten.
const PURGE: Duration = Duration::from_hours(1);

/// The service, built and bound, not running yet.
pub struct App {
    server: Server,
    relay: Relay,
    consumer: Consumer,
    db: Database,
    matcher: Arc<Matcher>,
    clock: Clock,
    config: Config,
}

/// Builds the service and binds its address. Nothing outside needs to be there yet.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let clock = Clock::system();
    let photos = PhotoStore::open(&config.photo_store).context("ARTEL_PHOTO_STORE")?;
    let matcher = Arc::new(Matcher::new(db.clone(), rules(config)?, clock.clone()));
    let relay = Relay::new(db.clone(), &kafka, "orders");
    let consumer = events::listen(
        Consumer::new(db.clone(), &kafka, "orders"),
        config.currency,
        clock.clone(),
    );
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let api = grpc::Api {
        db: db.clone(),
        placing: grpc::PlacementBatcher::new(&db, &clock),
        reader: grpc::Reader::new(&db),
        photos: photos.clone(),
        uploads: Arc::new(Semaphore::new(UPLOADS)),
        matcher: Arc::clone(&matcher),
        currency: config.currency,
        clock: clock.clone(),
    };
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(orders_contract::METHODS, orders_contract::FILE_DESCRIPTOR_SET)
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(OrdersServiceServer::new(api.clone()))
        .service(WorkersServiceServer::new(api.clone()))
        .service(MatchingServiceServer::new(api))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health())
        .uses("photos", move || {
            let photos = photos.clone();
            async move { photos.probe().await }
        });
    Ok(App {
        server,
        relay,
        consumer,
        db,
        matcher,
        clock,
        config: config.clone(),
    })
}

fn rules(config: &Config) -> anyhow::Result<Rules> {
    Ok(Rules {
        pipeline: config.matching_pipeline.clone(),
        formula: pricing::formula(&config.pricing).context("ARTEL_PRICING names no formula")?,
        load_window: TimeDelta::from_std(config.fair_load_window).context("ARTEL_FAIR_LOAD_WINDOW")?,
        retry: TimeDelta::from_std(config.matching_retry).context("ARTEL_MATCHING_RETRY")?,
        hold: TimeDelta::from_std(config.matching_interval).context("ARTEL_MATCHING_INTERVAL")?,
    })
}

impl App {
    /// Where callers are served.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until `shutdown`, then drains.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        let only = self.config.only;
        if Only::jobs(only) {
            spawn_jobs(&mut tasks, &self, &shutdown);
        }
        tasks.spawn("grpc", self.server.of_part(only).run(shutdown.clone()));
        if Only::events(only) {
            tasks.spawn("relay", self.relay.run(shutdown.clone()));
            tasks.spawn("consumer", self.consumer.run(shutdown));
        }
        tasks.run(DRAIN).await
    }
}

fn spawn_jobs(tasks: &mut Supervisor, app: &App, shutdown: &CancellationToken) {
    let wake = Arc::new(Notify::new());
    let (mut committed, waker, end) = (app.db.committed(), Arc::clone(&wake), shutdown.clone());
    tasks.spawn("wake-matching", async move {
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                () = committed.changed() => waker.notify_one(),
            }
        }
    });
    let (db, matcher, end) = (app.db.clone(), Arc::clone(&app.matcher), shutdown.clone());
    let clock = app.clock.clone();
    let matching = host_jobs::every("matching", app.config.matching_interval, &app.db)
        .woken_by(wake)
        .run(shutdown.clone(), async move || {
            jobs::matching::run(&db, &matcher, &clock, &end).await
        });
    tasks.spawn("matching", matching);

    let (db, clock) = (app.db.clone(), app.clock.clone());
    let no_show = host_jobs::every("no-show", app.config.no_show_interval, &app.db)
        .run(shutdown.clone(), async move || {
            jobs::no_show::run(&db, &clock).await
        });
    tasks.spawn("no-show", no_show);

    let (db, clock) = (app.db.clone(), app.clock.clone());
    let expiry = host_jobs::every("expiry", app.config.no_show_interval, &app.db)
        .run(shutdown.clone(), async move || {
            jobs::expiry::run(&db, &clock).await
        });
    tasks.spawn("expiry", expiry);

    let purging = requests::purging(app.db.clone(), PURGE, shutdown.clone());
    tasks.spawn("purge-requests", purging);
}
