//! The program: `serve` and `migrate`.

use clap::Parser;
use messaging::topics::TopicOptions;
use messaging::{Kafka, KafkaOptions};
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
    #[command(flatten)]
    topics: TopicOptions,
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
    options
        .topics
        .ensure(&Kafka::new(&options.kafka), onboarding_contract::TOPICS)
        .await?;
    Ok(())
}
