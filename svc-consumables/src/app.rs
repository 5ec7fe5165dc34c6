//! The composition root.

use consumables_contract::v1::consumables_service_server::ConsumablesServiceServer;
use service::{About, Builder, Clock, Service, Settings};
use service_host::PassiveHealth;

use crate::bakery::Bakery;
use crate::config::Config;
use crate::grpc::Api;
use crate::jobs::cookies;
use crate::{MIGRATIONS, events};

/// What svc-consumables is.
pub const ABOUT: About = About {
    name: "consumables",
    version: env!("CARGO_PKG_VERSION"),
    contract: consumables_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let (host, config) = (settings.host(clock)?, &settings.own.bakery);
    let schedule = config.schedule();
    let bakery = Bakery::new(config.bakery_url.clone(), config.bakery_timeout)?;
    let health = bakery.health().clone();
    let api = Api {
        db: host.db.clone(),
        clock: host.clock.clone(),
        schedule,
    };
    // The shortest pause after an answer of the bakery, or after a call without one.
    let interval = schedule.poll.min(schedule.first_pause);
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| {
            server.service(ConsumablesServiceServer::new(api)).uses(
                "bakery",
                health,
                async |health: PassiveHealth| health.status(),
            )
        })
        .listen(|consumer| events::listen(consumer, schedule))
        .job(
            host.every("cookies", interval)
                .run(async move |host| cookies::run(&host.db, &bakery, &schedule, &host.clock).await),
        )
        .build()
}
