//! The composition root: what runs in a process of svc-billing, and how it hangs together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use billing_contract::v1::billing_service_server::BillingServiceServer;
use messaging::{Consumer, Kafka, Relay};
use orders_contract::v1 as orders;
use service_host::config::Only;
use service_host::{Access, Clock, Database, Server, Supervisor, jobs::every, requests, supervisor};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::Settings;
use crate::events::on_client_state::OnClientState;
use crate::events::on_order_cancelled::OnOrderCancelled;
use crate::events::on_order_completed::OnOrderCompleted;
use crate::events::on_order_failed::OnOrderFailed;
use crate::events::on_worker_state::OnWorkerState;
use crate::gateways::{Client, Gateways, GoldenHat};
use crate::grpc::Api;
use crate::jobs::charge::Charging;
use crate::jobs::pay_out::PayingOut;
use crate::jobs::{Wakes, announce_closings, close_accounts, open_periods, prove, seal};

const DRAIN: Duration = Duration::from_secs(30);
/// How often the whole ledger is proved.
const PROOF: Duration = Duration::from_hours(24);

/// A process of svc-billing, ready to run.
pub struct App {
    server: Server,
    consumer: Consumer,
    relay: Relay,
    work: Work,
    only: Option<Only>,
}

/// What the jobs need.
struct Work {
    db: Database,
    settings: Arc<Settings>,
    wakes: Wakes,
    charging: Charging,
    paying_out: PayingOut,
    clock: Clock,
    tick: Duration,
}

/// Puts a process together. Listens at once, but connects to nothing yet: whatever it needs may come up later.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    build_with_clock(config, Clock::system()).await
}

/// Puts a process together whose calls, listeners and jobs read this clock.
pub async fn build_with_clock(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let settings = Arc::new(config.settings());
    let gateways = Gateways::new(&config.gateways())?;
    let provider = GoldenHat::new(
        Client::new(config.providers.provider_timeout)?,
        &config.providers.golden_hat_url,
    );
    let wakes = Wakes::default();
    let consumer = consumer(&db, &kafka, &settings, &clock);
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let api = Api {
        db: db.clone(),
        settings: settings.clone(),
        gateways: gateways.clone(),
        clock: clock.clone(),
        wakes: wakes.clone(),
    };
    let server = Server::bind(&config.grpc, Access::new(&config.access)?)
        .await?
        .contract(billing_contract::METHODS, billing_contract::FILE_DESCRIPTOR_SET)
        .service(BillingServiceServer::new(api))
        .contract(
            operations_contract::METHODS,
            operations_contract::FILE_DESCRIPTOR_SET,
        )
        .service(operations.into_service())
        .needs("postgres", db.health())
        .uses("kafka", kafka.health())
        .uses(GoldenHat::KIND, provider.witness().health());
    let server = gateways.witnesses().fold(server, |server, (kind, witness)| {
        server.uses(kind, witness.health())
    });
    Ok(App {
        server,
        relay: Relay::new(db.clone(), &kafka, "billing"),
        consumer,
        work: Work {
            charging: Charging {
                db: db.clone(),
                settings: settings.clone(),
                gateways,
                clock: clock.clone(),
            },
            paying_out: PayingOut {
                db: db.clone(),
                settings: settings.clone(),
                provider,
                clock: clock.clone(),
            },
            db,
            settings,
            wakes,
            clock,
            tick: config.tick,
        },
        only: config.only,
    })
}

fn consumer(db: &Database, kafka: &Kafka, settings: &Arc<Settings>, clock: &Clock) -> Consumer {
    let (settings, clock) = (|| settings.clone(), || clock.clone());
    Consumer::new(db.clone(), kafka, "billing")
        .on::<orders::ClientState, _>(OnClientState {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::WorkerState, _>(OnWorkerState {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderCompleted, _>(OnOrderCompleted {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderCancelled, _>(OnOrderCancelled {
            settings: settings(),
            clock: clock(),
        })
        .on::<orders::OrderFailed, _>(OnOrderFailed {
            settings: settings(),
            clock: clock(),
        })
}

impl App {
    /// Where calls are answered.
    pub fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Runs until shutdown, or until a part of it breaks.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), supervisor::Error> {
        let mut tasks = Supervisor::new(shutdown.clone());
        tasks.spawn("grpc", self.server.of_part(self.only).run(shutdown.clone()));
        if Only::events(self.only) {
            tasks.spawn("consumer", self.consumer.run(shutdown.clone()));
            tasks.spawn("relay", self.relay.run(shutdown.clone()));
        }
        if Only::jobs(self.only) {
            self.work.spawn(&mut tasks, &shutdown);
        }
        tasks.run(DRAIN).await
    }
}

impl Work {
    fn spawn(self, tasks: &mut Supervisor, shutdown: &CancellationToken) {
        let Self {
            db,
            settings,
            wakes,
            charging,
            paying_out,
            clock,
            tick,
        } = self;
        let job = |name| every(name, tick, &db);
        let (at, with, told) = (db.clone(), settings.clone(), wakes.clone());
        let time = clock.clone();
        tasks.spawn(
            "open-periods",
            job("open-periods").run(shutdown.clone(), async move || {
                open_periods::run(&at, &with, &told, time.now()).await
            }),
        );
        let (at, with, time) = (db.clone(), settings.clone(), clock.clone());
        tasks.spawn(
            "announce-closings",
            job("announce-closings").run(shutdown.clone(), async move || {
                announce_closings::run(&at, &with, time.now()).await
            }),
        );
        let (at, told, time) = (db.clone(), wakes.clone(), clock.clone());
        tasks.spawn(
            "close-accounts",
            job("close-accounts")
                .woken_by(wakes.closing)
                .run(shutdown.clone(), async move || {
                    close_accounts::run(&at, &settings, &told, time.now()).await
                }),
        );
        tasks.spawn(
            "charge",
            job("charge")
                .woken_by(wakes.charges)
                .run(shutdown.clone(), async move || charging.run().await),
        );
        tasks.spawn(
            "pay-out",
            job("pay-out")
                .woken_by(wakes.payouts)
                .run(shutdown.clone(), async move || paying_out.run().await),
        );
        let at = db.clone();
        tasks.spawn(
            "seal",
            job("seal").run(shutdown.clone(), async move || seal::run(&at, clock.now()).await),
        );
        let at = db.clone();
        tasks.spawn(
            "prove-ledger",
            every("prove-ledger", PROOF, &db).run(shutdown.clone(), async move || prove::run(&at).await),
        );
        let purging = requests::purging(db, Duration::from_hours(1), shutdown.clone());
        tasks.spawn("purge-requests", purging);
    }
}
