//! The program `svc-admin`.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Parser;
use service::Command;
use svc_admin::app;
use svc_admin::config::Config;
use svc_admin::create_root::CreateRoot;

/// The catalogue, managers, quality cases and the audit log.
#[derive(Parser)]
#[command(name = "svc-admin", version)]
enum Cli {
    #[command(flatten)]
    Service(Command<Config>),
    /// Create a root manager and print the manager's id. The first root manager cannot be created
    /// by a call. If a root manager has the address already, print that manager's id and change
    /// nothing.
    CreateRoot(CreateRoot),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Service(command) => command.run(app::ABOUT, app::build).await,
        Cli::CreateRoot(root) => {
            let id = root.run().await?;
            writeln!(std::io::stdout(), "{id}").context("standard output")
        }
    }
}
