//! The admin service's program.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use messaging::Migrate;
use service_host::{shutdown, telemetry};
use svc_admin::app;
use svc_admin::config::Config;
use svc_admin::create_root::CreateRoot;

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
    Migrate(Box<Migrate>),
    /// Make a root manager: the first one can't be made by anybody else. Prints the manager's id. Where a root manager
    /// has the address already, that one's id is printed and nothing changed.
    CreateRoot(CreateRoot),
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
        Command::Migrate(migrate) => Ok(migrate.run(svc_admin::MIGRATIONS, admin_contract::TOPICS).await?),
        Command::CreateRoot(root) => {
            let id = root.run().await?;
            // Whoever runs this reads the answer from standard output.
            writeln!(std::io::stdout(), "{id}").context("standard output")
        }
    }
}
