//! The composition root.

use std::sync::Arc;
use std::time::Duration;

use billing_contract::v1::billing_service_server::BillingServiceServer;
use service::{About, Builder, Clock, Service, Settings};
use service_host::PassiveHealth;

use crate::config::Config;
use crate::gateways::{Client, Gateways, GoldenHat};
use crate::grpc::Api;
use crate::jobs::charge::Charging;
use crate::jobs::pay_out::PayingOut;
use crate::jobs::{Wakes, announce_closings, close_accounts, open_periods, prove, seal};
use crate::{MIGRATIONS, events};

/// What svc-billing is.
pub const ABOUT: About = About {
    name: "billing",
    version: env!("CARGO_PKG_VERSION"),
    contract: billing_contract::CONTRACT,
    migrations: MIGRATIONS,
};

/// How often the job verifies the whole ledger.
const PROOF_INTERVAL: Duration = Duration::from_hours(24);

/// Builds the service and binds its address.
pub fn build(settings: &Settings<Config>, clock: Clock) -> anyhow::Result<Service> {
    let (host, config) = (settings.host(clock)?, &settings.own);
    let (db, clock, company) = (&host.db, &host.clock, Arc::new(config.settings()));
    let gateways = Gateways::new(&config.gateways())?;
    let client = Client::new(config.providers.provider_timeout)?;
    let provider = GoldenHat::new(client, &config.providers.golden_hat_url);
    let mut health: Vec<_> = gateways
        .health()
        .map(|(kind, health)| (kind, health.clone()))
        .collect();
    health.push((GoldenHat::KIND, provider.health().clone()));
    let wakes = Wakes::default();
    let api = Api {
        db: db.clone(),
        settings: company.clone(),
        gateways: gateways.clone(),
        clock: clock.clone(),
        wakes: wakes.clone(),
    };
    let charging = Charging {
        db: db.clone(),
        settings: company.clone(),
        gateways,
        clock: clock.clone(),
    };
    let paying_out = PayingOut {
        db: db.clone(),
        settings: company.clone(),
        provider,
        clock: clock.clone(),
    };
    let job = |name| host.every(name, config.tick);
    let (open_by, announce_by, close_by) = (company.clone(), company.clone(), company.clone());
    let (opened, closed) = (wakes.clone(), wakes.clone());
    Builder::bind(&ABOUT, &settings.service, &host)?
        .serve(|server| {
            let server = server.service(BillingServiceServer::new(api));
            health.into_iter().fold(server, |server, (kind, health)| {
                server.uses(kind, health, async |health: PassiveHealth| health.status())
            })
        })
        .listen(|consumer| events::listen(consumer, &company, &host.clock))
        .job(
            job("open-periods").run(async move |host| {
                open_periods::run(&host.db, &open_by, &opened, host.clock.now()).await
            }),
        )
        .job(
            job("announce-closings").run(async move |host| {
                announce_closings::run(&host.db, &announce_by, host.clock.now()).await
            }),
        )
        .job(
            job("close-accounts")
                .woken_by(wakes.closing)
                .run(async move |host| {
                    close_accounts::run(&host.db, &close_by, &closed, host.clock.now()).await
                }),
        )
        .job(
            job("charge")
                .woken_by(wakes.charges)
                .run(async move |_| charging.run().await),
        )
        .job(
            job("pay-out")
                .woken_by(wakes.payouts)
                .run(async move |_| paying_out.run().await),
        )
        .job(job("seal").run(async |host| seal::run(&host.db, host.clock.now()).await))
        .job(
            host.every("prove-ledger", PROOF_INTERVAL)
                .run(async |host| prove::run(&host.db).await),
        )
        .build()
}
