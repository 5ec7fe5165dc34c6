//! The notify service's program.

use clap::{Parser, Subcommand};
use messaging::Migrate;
use service_host::{shutdown, telemetry};
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
    Migrate(Box<Migrate>),
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
        Command::Migrate(migrate) => Ok(migrate
            .run(svc_notify::MIGRATIONS, notify_contract::TOPICS)
            .await?),
    }
}
