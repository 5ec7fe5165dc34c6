//! The notify service's program.

use clap::{Parser, Subcommand};
use messaging::{Kafka, KafkaOptions};
use service_host::config::DatabaseOptions;
use service_host::{migrations, shutdown, telemetry};
use svc_notify::app;
use svc_notify::config::Config;

/// Tells people what happened, by mail and in their own feed.
#[derive(Parser)]
#[command(name = "svc-notify", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(Box<Config>),
    /// Bring the database up to date. This service writes no topics: --create-topics has nothing to do.
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
            let telemetry = telemetry::init("notify", &config.telemetry).await?;
            let ended = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(ended?)
        }
        Command::Migrate(migrate) => {
            let sets = [
                service_host::MIGRATIONS,
                messaging::MIGRATIONS,
                svc_notify::MIGRATIONS,
            ];
            migrations::run(&migrate.database.url, &sets).await?;
            migrate
                .topics
                .ensure(&Kafka::new(&migrate.kafka), notify_contract::TOPICS)
                .await?;
            Ok(())
        }
    }
}
