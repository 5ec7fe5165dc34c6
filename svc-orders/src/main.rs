//! The program `svc-orders`.

use clap::Parser;
use svc_orders::app;
use svc_orders::config::Config;

/// Clients, workers, orders, and the matching of orders with workers.
#[derive(Parser)]
#[command(name = "svc-orders", version)]
struct Cli {
    #[command(subcommand)]
    command: service::Command<Config>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().command.run(app::ABOUT, app::build).await
}
