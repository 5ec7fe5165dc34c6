//! The composition root.

use admin_contract::v1::admin_service_server::AdminServiceServer;
use service::{About, Builder, Clock, Service, Settings};

use crate::config::Config;
use crate::{MIGRATIONS, events, grpc};

/// What svc-admin is.
pub const ABOUT: About = About {
    name: "admin",
    version: env!("CARGO_PKG_VERSION"),
    contract: admin_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let host = settings.host(clock)?;
    let api = grpc::Api {
        db: host.db.clone(),
        clock: host.clock.clone(),
        currency: settings.own.currency,
    };
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| server.service(AdminServiceServer::new(api)))
        .listen(events::listen)
        .build()
}
