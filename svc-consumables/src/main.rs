//! `svc-consumables`: serve, or migrate its database.

use clap::Parser;
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
    kafka: messaging::KafkaOptions,
    /// Create the topics that this service writes, too.
    #[arg(long)]
    create_topics: bool,
    /// Partitions of a topic that is created.
    #[arg(long, env = "ARTEL_TOPIC_PARTITIONS", default_value_t = 3)]
    partitions: i32,
    /// Replicas of a topic that is created.
    #[arg(long, env = "ARTEL_TOPIC_REPLICATION", default_value_t = 1)]
    replication: i32,
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
            if migrate.create_topics {
                let kafka = messaging::Kafka::new(&migrate.kafka);
                messaging::topics::ensure(
                    &kafka,
                    consumables_contract::TOPICS,
                    migrate.partitions,
                    migrate.replication,
                )
                .await?;
            }
            Ok(())
        }
    }
}
