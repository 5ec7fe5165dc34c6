//! The program: `serve` and `migrate`.

use clap::Parser;
use messaging::Migrate;
use service_host::{shutdown, telemetry};
use svc_onboarding::config::Config;
use svc_onboarding::{MIGRATIONS, app};

/// From an application on the public site to a worker in the pool.
#[derive(Debug, Parser)]
#[command(name = "svc-onboarding", version)]
enum Cli {
    /// Serves calls, listens to events, runs jobs.
    Serve(Box<Config>),
    /// Brings the database up to date.
    Migrate(Box<Migrate>),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Serve(config) => {
            let telemetry = telemetry::init(app::NAME, &config.telemetry).await?;
            let result = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            Ok(result?)
        }
        Cli::Migrate(migrate) => Ok(migrate.run(MIGRATIONS, onboarding_contract::TOPICS).await?),
    }
}
