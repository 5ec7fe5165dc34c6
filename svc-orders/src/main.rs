//! The orders service's program.

use clap::{Parser, Subcommand};
use messaging::{Kafka, KafkaOptions};
use service_host::config::DatabaseOptions;
use service_host::{migrations, shutdown, telemetry};
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
    Migrate(Migrate),
}

#[derive(clap::Args)]
struct Migrate {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
    #[command(flatten)]
    topics: messaging::topics::TopicOptions,
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
        Command::Migrate(migrate) => {
            let sets = [
                service_host::MIGRATIONS,
                messaging::MIGRATIONS,
                svc_orders::MIGRATIONS,
            ];
            migrations::run(&migrate.database.url, &sets).await?;
            let kafka = Kafka::new(&migrate.kafka);
            migrate.topics.ensure(&kafka, orders_contract::TOPICS).await?;
            Ok(())
        }
    }
}
