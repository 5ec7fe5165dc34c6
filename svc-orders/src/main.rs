//! The orders service's program.

use clap::{Parser, Subcommand};
use messaging::Migrate;
use service_host::{shutdown, telemetry};
use svc_orders::app;
use svc_orders::config::Config;

/// Clients, workers, orders and how they find each other.
#[derive(Parser)]
#[command(name = "svc-orders", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(Box<Config>),
    /// Bring the database up to date; with --create-topics, Kafka's topics too.
    Migrate(Box<Migrate>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(config) => {
            let telemetry = telemetry::init("orders", &config.telemetry).await?;
            let ended = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(ended?)
        }
        Command::Migrate(migrate) => Ok(migrate
            .run(svc_orders::MIGRATIONS, orders_contract::TOPICS)
            .await?),
    }
}
