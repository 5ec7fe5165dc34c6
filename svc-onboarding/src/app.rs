//! The composition root.

use std::sync::Arc;
use std::time::Duration;

use onboarding_contract::v1::onboarding_service_server::OnboardingServiceServer;
use service::{About, Builder, Clock, Service, Settings};

use crate::config::Config;
use crate::gate::Gate;
use crate::grpc::Api;
use crate::{MIGRATIONS, events, jobs};

/// What svc-onboarding is.
pub const ABOUT: About = About {
    name: "onboarding",
    version: env!("CARGO_PKG_VERSION"),
    contract: onboarding_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// How often expired challenges and counters of letters are deleted.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_mins(10);
/// The largest request is an application with a photo of 512 KiB and answers to all questions.
/// The server reads no larger message.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let host = settings.host(clock)?;
    let hiring = Arc::new(settings.own.hiring.clone());
    let (interval, retention) = (hiring.job_interval, hiring.retention);
    let api = Api {
        db: host.db.clone(),
        gate: Arc::new(Gate::new(&settings.own.gate)?),
        hiring: Arc::clone(&hiring),
        clock: host.clock.clone(),
    };
    let onboarding = OnboardingServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| server.service(onboarding))
        .listen(events::listen)
        .job(
            host.every("end-overdue-tests", interval)
                .run(async |host| jobs::end_overdue_tests::run(&host.db, host.clock.now()).await),
        )
        .job(
            host.every("ask-graders", interval)
                .run(async move |host| jobs::ask_graders::run(&host.db, &hiring, host.clock.now()).await),
        )
        .job(
            host.every("erase", interval)
                .run(async move |host| jobs::erase::run(&host.db, retention, host.clock.now()).await),
        )
        .job(
            host.every("forget-challenges", HOUSEKEEPING_INTERVAL)
                .run(async |host| jobs::forget_challenges::run(&host.db, host.clock.now()).await),
        )
        .job(
            host.every("forget-letters", HOUSEKEEPING_INTERVAL)
                .run(async |host| jobs::forget_letters::run(&host.db, host.clock.now()).await),
        )
        .build()
}
