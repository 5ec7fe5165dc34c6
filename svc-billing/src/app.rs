//! The composition root: what runs in a process of svc-billing, and how it hangs together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use billing_contract::v1::billing_service_server::BillingServiceServer;
use chrono::Utc;
use messaging::{Consumer, Kafka, Relay};
use orders_contract::v1 as orders;
use service_host::config::Only;
use service_host::{Access, Database, Server, Supervisor, jobs::every, requests, supervisor};
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
    tick: Duration,
}

/// Puts a process together. Listens at once, but connects to nothing yet: whatever it needs may come up later.
pub async fn build(config: &Config) -> anyhow::Result<App> {
    let db = Database::new(&config.database)?;
    let kafka = Kafka::new(&config.kafka);
    let settings = Arc::new(config.settings());
    let gateways = Gateways::new(&config.gateways())?;
    let provider = GoldenHat::new(
        Client::new(config.providers.provider_timeout)?,
        &config.providers.golden_hat_url,
    );
    let wakes = Wakes::default();
    let consumer = consumer(&db, &kafka, &settings);
    let operations = consumer.operations(env!("CARGO_PKG_VERSION"));
    let api = Api {
        db: db.clone(),
        settings: settings.clone(),
        gateways: gateways.clone(),
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
                clock: Arc::new(Utc::now),
            },
            paying_out: PayingOut {
                db: db.clone(),
                settings: settings.clone(),
                provider,
                clock: Arc::new(Utc::now),
            },
            db,
            settings,
            wakes,
            tick: config.tick,
        },
        only: config.only,
    })
}

fn consumer(db: &Database, kafka: &Kafka, settings: &Arc<Settings>) -> Consumer {
    let settings = || settings.clone();
    Consumer::new(db.clone(), kafka, "billing")
        .on::<orders::ClientState, _>(OnClientState { settings: settings() })
        .on::<orders::WorkerState, _>(OnWorkerState { settings: settings() })
        .on::<orders::OrderCompleted, _>(OnOrderCompleted { settings: settings() })
        .on::<orders::OrderCancelled, _>(OnOrderCancelled { settings: settings() })
        .on::<orders::OrderFailed, _>(OnOrderFailed { settings: settings() })
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
            tick,
        } = self;
        let job = |name| every(name, tick, &db);
        let (at, with, told) = (db.clone(), settings.clone(), wakes.clone());
        tasks.spawn(
            "open-periods",
            job("open-periods").run(shutdown.clone(), async move || {
                open_periods::run(&at, &with, &told, Utc::now()).await
            }),
        );
        let (at, with) = (db.clone(), settings.clone());
        tasks.spawn(
            "announce-closings",
            job("announce-closings").run(shutdown.clone(), async move || {
                announce_closings::run(&at, &with, Utc::now()).await
            }),
        );
        let (at, told) = (db.clone(), wakes.clone());
        tasks.spawn(
            "close-accounts",
            job("close-accounts")
                .woken_by(wakes.closing)
                .run(shutdown.clone(), async move || {
                    close_accounts::run(&at, &settings, &told, Utc::now()).await
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
            job("seal").run(shutdown.clone(), async move || seal::run(&at, Utc::now()).await),
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
