//! The program `svc-onboarding`.

use clap::Parser;
use svc_onboarding::app;
use svc_onboarding::config::Config;

/// Hiring: from an application on the public site to a worker in the pool.
#[derive(Parser)]
#[command(name = "svc-onboarding", version)]
struct Cli {
    #[command(subcommand)]
    command: service::Command<Config>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::parse().command.run(app::ABOUT, app::build).await
}
