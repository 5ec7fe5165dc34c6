//! The composition root.

use std::sync::Arc;

use notify_contract::v1::notify_service_server::NotifyServiceServer;
use service::{About, Builder, Clock, Service, Settings};

use crate::config::Config;
use crate::jobs::deliver::Deliver;
use crate::mail::Mailer;
use crate::{MIGRATIONS, events, grpc};

/// What svc-notify is.
pub const ABOUT: About = About {
    name: "notify",
    version: env!("CARGO_PKG_VERSION"),
    contract: notify_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// Builds the service and binds its address.
///
/// # Errors
/// Also a template that cannot be used.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let (host, config) = (settings.host(clock)?, &settings.own);
    let announcer = Arc::new(config.letters.announcer()?);
    let mailer = Mailer::new(&config.mail)?;
    let api = grpc::Api {
        db: host.db.clone(),
        clock: host.clock.clone(),
        announcer: announcer.clone(),
    };
    let deliver = Deliver::new(
        host.db.clone(),
        mailer.clone(),
        config.mail.schedule(),
        host.clock.clone(),
        host.shutdown.clone(),
    );
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| {
            server
                .service(NotifyServiceServer::new(api))
                .uses("smtp", mailer, async |mailer: Mailer| mailer.probe().await)
        })
        .listen(|consumer| events::listen(consumer, &announcer, &host.clock))
        .job(
            host.every("deliver-mail", config.mail.mail_poll)
                .woken_by_commits()
                .run(async move |_| deliver.run().await),
        )
        .build()
}
