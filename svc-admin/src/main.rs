//! The admin service's program.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use messaging::Migrate;
use service_host::{Clock, shutdown, telemetry};
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
    /// Make a root manager and print the manager's id. Only this command can make the first one. If a
    /// root manager has the address already, print that manager's id and change nothing.
    CreateRoot(CreateRoot),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(config) => {
            let telemetry = telemetry::init("admin", &config.telemetry).await?;
            let ended = app::build(&config, Clock::system())
                .await?
                .run(shutdown::on_signal())
                .await;
            telemetry.shutdown().await;
            Ok(ended?)
        }
        Command::Migrate(migrate) => Ok(migrate.run(svc_admin::MIGRATIONS, admin_contract::TOPICS).await?),
        Command::CreateRoot(root) => {
            let id = root.run().await?;
            // Scripts read the id from standard output.
            writeln!(std::io::stdout(), "{id}").context("standard output")
        }
    }
}
