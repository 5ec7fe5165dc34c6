//! The program `svc-consumables`.

use clap::Parser;
use svc_consumables::app;
use svc_consumables::config::Config;

/// Kits, cookies and stock of the consumables department.
#[derive(Parser)]
#[command(name = "svc-consumables", version)]
struct Cli {
    #[command(subcommand)]
    command: service::Command<Config>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().command.run(app::ABOUT, app::build).await
}
