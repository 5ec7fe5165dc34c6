//! The admin service's program.

use chrono::Utc;
use clap::{Parser, Subcommand};
use messaging::{Kafka, KafkaOptions};
use service_host::config::DatabaseOptions;
use service_host::{Database, migrations, shutdown, telemetry};
use svc_admin::config::Config;
use svc_admin::{app, catalogue, domain};

/// What managers configure and review.
#[derive(Parser)]
#[command(name = "svc-admin", version)]
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
    /// Make a root manager: the first one can't be made by anybody else. Prints the manager's id. An address that a
    /// manager has already is left alone, and that manager's id printed.
    CreateRoot(CreateRoot),
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

#[derive(clap::Args)]
struct CreateRoot {
    #[command(flatten)]
    database: DatabaseOptions,
    /// The manager's name.
    #[arg(long)]
    name: String,
    /// The manager's e-mail address.
    #[arg(long)]
    email: String,
    /// The language of letters.
    #[arg(long, default_value = "ru", value_parser = ["ru", "en"])]
    language: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(config) => {
            let telemetry = telemetry::init("admin", &config.telemetry).await?;
            let ended = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(ended?)
        }
        Command::Migrate(migrate) => {
            let sets = vec![
                service_host::MIGRATIONS,
                messaging::MIGRATIONS,
                svc_admin::MIGRATIONS,
            ];
            migrations::run(&migrate.database.url, &sets).await?;
            migrate
                .topics
                .ensure(&Kafka::new(&migrate.kafka), admin_contract::TOPICS)
                .await?;
            Ok(())
        }
        Command::CreateRoot(new) => create_root(new).await,
    }
}

async fn create_root(new: CreateRoot) -> anyhow::Result<()> {
    let db = Database::new(&new.database)?;
    let body = domain::manager::Manager {
        name: new.name,
        email: new.email,
        language: new.language,
        roles: vec!["manager".to_owned(), "quality".to_owned(), "root".to_owned()],
    };
    let id = db
        .transaction(async |conn| catalogue::ensure_manager(conn, body.clone(), Utc::now()).await)
        .await?;
    // The caller of a command-line program reads its answer from standard output.
    anyhow::Context::context(
        std::io::Write::write_all(&mut std::io::stdout(), format!("{id}\n").as_bytes()),
        "stdout",
    )
}
