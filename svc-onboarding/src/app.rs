//! The composition root: [`build`] from settings, then [`App::run`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use messaging::{Consumer, Kafka, Relay};
use onboarding_contract::v1::onboarding_service_server::OnboardingServiceServer;
use service_host::{
    Access, Clock, Database, Only, Server, Supervisor, jobs as host_jobs, requests, supervisor,
};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, HiringOptions};
use crate::events::{OnManager, OnOrderCompleted, OnOrderFailed, OnTestSet, OnVacancy};
use crate::gate::Gate;
use crate::grpc::Api;
use crate::jobs;

/// The name of the service: its consumer group, its relay, its source of events.
pub const NAME: &str = "onboarding";

const HOUSEKEEPING: Duration = Duration::from_mins(10);
/// The largest request is an application with a photo of 512 KiB and all questions answered; more is not even read.
const LARGEST_REQUEST: usize = 1024 * 1024;
/// For how long tasks may finish after the shutdown.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service, built and listening, not yet running.
pub struct App {
    server: Server,
    consumer: Consumer,
    relay: Relay,
    db: Database,
    hiring: Arc<HiringOptions>,
    clock: Clock,
    only: Option<Only>,
}

/// Builds the service by the machine's clock.
///
/// # Errors
/// Settings that make no sense, or an address that is taken.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    build_with_clock(config, Clock::system()).await
}

/// Builds the service by another clock.
///
/// # Errors
/// As [`build`].
pub async fn build_with_clock(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let hiring = Arc::new(config.hiring.clone());
    let api = Api {
        db: db.clone(),
        gate: Arc::new(Gate::new(&config.gate)?),
        hiring: Arc::clone(&hiring),
        clock: clock.clone(),
    };
    let consumer = Consumer::new(db.clone(), &kafka, NAME)
        .on::<admin_contract::v1::VacancyState, _>(OnVacancy)
        .on::<admin_contract::v1::TestSetState, _>(OnTestSet)
        .on::<admin_contract::v1::ManagerState, _>(OnManager)
        .on::<orders_contract::v1::OrderCompleted, _>(OnOrderCompleted)
        .on::<orders_contract::v1::OrderFailed, _>(OnOrderFailed);
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(
            onboarding_contract::METHODS,
            onboarding_contract::FILE_DESCRIPTOR_SET,
        )
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(OnboardingServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST))
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health());
    server.check()?;
    Ok(App {
        server,
        consumer,
        relay: Relay::new(db.clone(), &kafka, NAME),
        db,
        hiring,
        clock,
        only: config.only,
    })
}

impl App {
    /// Where the gRPC server listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until the shutdown.
    ///
    /// # Errors
    /// A part of the service ended before its time.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        if Only::jobs(self.only) {
            spawn_jobs(&mut tasks, &self.db, &self.hiring, &self.clock, &shutdown);
        }
        tasks.spawn("grpc", self.server.of_part(self.only).run(shutdown.clone()));
        if Only::events(self.only) {
            tasks.spawn("relay", self.relay.run(shutdown.clone()));
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
        }
        tasks.run(PATIENCE).await
    }
}

fn spawn_jobs(
    tasks: &mut Supervisor,
    db: &Database,
    hiring: &Arc<HiringOptions>,
    clock: &Clock,
    shutdown: &CancellationToken,
) {
    let interval = hiring.job_interval;
    let (work_db, work_clock) = (db.clone(), clock.clone());
    tasks.spawn(
        "end-overdue-tests",
        host_jobs::every("end-overdue-tests", interval, db).run(shutdown.clone(), async move || {
            jobs::end_overdue_tests::run(&work_db, work_clock.now()).await
        }),
    );
    let (work_db, work_clock, options) = (db.clone(), clock.clone(), Arc::clone(hiring));
    tasks.spawn(
        "ask-graders",
        host_jobs::every("ask-graders", interval, db).run(shutdown.clone(), async move || {
            jobs::ask_graders::run(&work_db, &options, work_clock.now()).await
        }),
    );
    let (work_db, work_clock, retention) = (db.clone(), clock.clone(), hiring.retention);
    tasks.spawn(
        "erase",
        host_jobs::every("erase", interval, db).run(shutdown.clone(), async move || {
            jobs::erase::run(&work_db, retention, work_clock.now()).await
        }),
    );
    let (work_db, work_clock) = (db.clone(), clock.clone());
    tasks.spawn(
        "forget-challenges",
        host_jobs::every("forget-challenges", HOUSEKEEPING, db).run(shutdown.clone(), async move || {
            jobs::forget_challenges::run(&work_db, work_clock.now()).await
        }),
    );
    let (work_db, work_clock) = (db.clone(), clock.clone());
    tasks.spawn(
        "forget-letters",
        host_jobs::every("forget-letters", HOUSEKEEPING, db).run(shutdown.clone(), async move || {
            jobs::forget_letters::run(&work_db, work_clock.now()).await
        }),
    );
    let purging = requests::purging(db.clone(), HOUSEKEEPING, shutdown.clone());
    tasks.spawn("purge-requests", purging);
}
