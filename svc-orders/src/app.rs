//! The composition root.

use std::sync::Arc;

use anyhow::Context as _;
use orders_contract::v1::matching_service_server::MatchingServiceServer;
use orders_contract::v1::orders_service_server::OrdersServiceServer;
use orders_contract::v1::workers_service_server::WorkersServiceServer;
use service::{About, Builder, Clock, Service, Settings};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::photos::PhotoStore;
use crate::use_cases::match_order::Matcher;
use crate::{MIGRATIONS, events, grpc, jobs};

/// What svc-orders is.
pub const ABOUT: About = About {
    name: "orders",
    version: env!("CARGO_PKG_VERSION"),
    contract: orders_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// How many photos may be uploaded at the same time. Each takes up to 10 MiB of memory.
const UPLOADS: usize = 8;

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let (host, config) = (settings.host(clock)?, &settings.own);
    let photos = PhotoStore::open(&config.photo_store).context("ARTEL_PHOTO_STORE")?;
    let rules = config.matching_rules();
    let matcher = Arc::new(Matcher::new(host.db.clone(), rules, host.clock.clone()));
    let api = grpc::Api {
        db: host.db.clone(),
        placing: grpc::PlacementBatcher::new(&host.db, &host.clock),
        reader: grpc::Reader::new(&host.db),
        photos: photos.clone(),
        uploads: Arc::new(Semaphore::new(UPLOADS)),
        matcher: Arc::clone(&matcher),
        currency: config.currency,
        clock: host.clock.clone(),
    };
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| {
            server
                .service(OrdersServiceServer::new(api.clone()))
                .service(WorkersServiceServer::new(api.clone()))
                .service(MatchingServiceServer::new(api))
                .uses("photos", photos, async |photos: PhotoStore| photos.probe().await)
        })
        .listen(|consumer| events::listen(consumer, config.currency, host.clock.clone()))
        .job(
            host.every("matching", config.matching_interval)
                .woken_by_commits()
                .run(async move |host| {
                    jobs::matching::run(&host.db, &matcher, &host.clock, &host.shutdown).await
                }),
        )
        .job(
            host.every("no-show", config.no_show_interval)
                .run(async |host| jobs::no_show::run(&host.db, &host.clock).await),
        )
        .job(
            host.every("expiry", config.no_show_interval)
                .run(async |host| jobs::expiry::run(&host.db, &host.clock).await),
        )
        .build()
}
