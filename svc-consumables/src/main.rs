//! `svc-consumables`: serve, or migrate its database.

use clap::Parser;
use messaging::{Kafka, KafkaOptions};
use service_host::{DatabaseOptions, migrations, shutdown, telemetry};
use svc_consumables::{MIGRATIONS, app, config::Config};

/// The consumables department of Artel.
#[derive(Parser)]
#[command(version)]
enum Cli {
    /// Run the service.
    Serve(Box<Config>),
    /// Bring the database up to date.
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
    match Cli::parse() {
        Cli::Serve(config) => {
            let telemetry = telemetry::init("consumables", &config.telemetry).await?;
            let result = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(result?)
        }
        Cli::Migrate(migrate) => {
            migrations::run(
                &migrate.database.url,
                &[service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS],
            )
            .await?;
            migrate
                .topics
                .ensure(&Kafka::new(&migrate.kafka), consumables_contract::TOPICS)
                .await?;
            Ok(())
        }
    }
}
