//! `svc-consumables`: serve, or migrate its database.

use clap::Parser;
use messaging::Migrate;
use service_host::{Clock, shutdown, telemetry};
use svc_consumables::{MIGRATIONS, app, config::Config};

/// The consumables department of Artel.
#[derive(Parser)]
#[command(version)]
enum Cli {
    /// Run the service.
    Serve(Box<Config>),
    /// Bring the database up to date.
    Migrate(Box<Migrate>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Serve(config) => {
            let telemetry = telemetry::init("consumables", &config.telemetry).await?;
            let result = app::build(&config, Clock::system())
                .await?
                .run(shutdown::on_signal())
                .await;
            telemetry.shutdown().await;
            Ok(result?)
        }
        Cli::Migrate(migrate) => Ok(migrate.run(MIGRATIONS, consumables_contract::TOPICS).await?),
    }
}
