//! The program `svc-notify`.

use clap::Parser;
use svc_notify::app;
use svc_notify::config::Config;

/// Notifications by mail and in a feed.
#[derive(Parser)]
#[command(name = "svc-notify", version)]
struct Cli {
    #[command(subcommand)]
    command: service::Command<Config>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().command.run(app::ABOUT, app::build).await
}
