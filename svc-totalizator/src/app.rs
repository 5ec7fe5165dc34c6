//! The composition root.

use std::time::Duration;

use service::{About, Builder, Clock, Service, Settings};
use totalizator_contract::v1::totalizator_service_server::TotalizatorServiceServer;

use crate::MIGRATIONS;
use crate::config::Config;
use crate::events::{self, Listener};
use crate::grpc::Api;
use crate::jobs::erase;

/// What svc-totalizator is. Its contract has no topics: it publishes nothing.
pub const ABOUT: About = About {
    name: "totalizator",
    version: env!("CARGO_PKG_VERSION"),
    contract: totalizator_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// How often the erasure job looks for expired bets.
const ERASE_INTERVAL: Duration = Duration::from_mins(10);

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let (host, config) = (settings.host(clock)?, &settings.own);
    let keep = config.keep;
    let api = Api {
        db: host.db.clone(),
        key: config.key.key.clone(),
        currency: config.currency,
        clock: host.clock.clone(),
    };
    let listener = Listener {
        currency: config.currency,
        clock: host.clock.clone(),
    };
    Builder::bind(&ABOUT, &settings.service, &host)?
        .nameless()
        .serve(|server| server.service(TotalizatorServiceServer::new(api)))
        // T5: neither the broker's list of groups nor an order's trace shows that managers bet on
        // orders.
        .listen(|consumer| events::listen(consumer.group(&config.group).untraced(), &listener))
        .job(
            host.every("erase", ERASE_INTERVAL)
                .run(async move |host| erase::run(&host.db, keep, host.clock.now()).await),
        )
        .build()
}
