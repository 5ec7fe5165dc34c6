//! The program: `serve` and `migrate`.

use clap::Parser;
use messaging::{Kafka, KafkaOptions, topics};
use service_host::{DatabaseOptions, migrations, shutdown, telemetry};
use svc_onboarding::config::Config;
use svc_onboarding::{MIGRATIONS, app};

/// From an application on the public site to a worker in the pool.
#[derive(Debug, Parser)]
#[command(name = "svc-onboarding", version)]
enum Cli {
    /// Serves calls, listens to events, runs jobs.
    Serve(Box<Config>),
    /// Brings the database up to date.
    Migrate(Migrate),
}

#[derive(Debug, clap::Args)]
struct Migrate {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
    /// Also creates the topics that this service writes.
    #[arg(long)]
    create_topics: bool,
    /// How many partitions a topic gets when it is created.
    #[arg(long, env = "ARTEL_KAFKA_PARTITIONS", default_value_t = 6)]
    partitions: i32,
    /// How many brokers keep each record.
    #[arg(long, env = "ARTEL_KAFKA_REPLICATION", default_value_t = 1)]
    replication: i32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Serve(config) => {
            let telemetry = telemetry::init(app::NAME, &config.telemetry).await?;
            let result = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(result?)
        }
        Cli::Migrate(options) => migrate(&options).await,
    }
}

async fn migrate(options: &Migrate) -> anyhow::Result<()> {
    let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
    migrations::run(&options.database.url, &sets).await?;
    if options.create_topics {
        let kafka = Kafka::new(&options.kafka);
        topics::ensure(
            &kafka,
            onboarding_contract::TOPICS,
            options.partitions,
            options.replication,
        )
        .await?;
    }
    Ok(())
}
