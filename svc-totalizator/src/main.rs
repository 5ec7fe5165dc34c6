//! `svc-totalizator`: serve, migrate its database, or bet.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use messaging::Migrate;
use service_host::{shutdown, telemetry};
use svc_totalizator::client::Bet;
use svc_totalizator::config::{Config, KeyOptions};
use svc_totalizator::{MIGRATIONS, app};

/// Bets on how orders will end.
#[derive(Parser)]
#[command(name = "svc-totalizator", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve(Box<Config>),
    /// Bring the database up to date.
    Migrate(Box<Migrate>),
    /// Bet, and look at bets: a client of a running service.
    Bet(Bet),
    /// Say which pseudonym is a manager's.
    Pseudonym(Pseudonym),
}

#[derive(clap::Args)]
struct Pseudonym {
    #[command(flatten)]
    key: KeyOptions,
    /// The manager's id: the subject of their tokens.
    #[arg(long)]
    manager: uuid::Uuid,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(config) => {
            let telemetry = telemetry::init("totalizator", &config.telemetry).await?;
            let result = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            result?;
        }
        Command::Migrate(migrate) => {
            // It writes no topics. The settings are those of every service, so that one script migrates them all.
            migrate.run(MIGRATIONS, totalizator_contract::TOPICS).await?;
        }
        Command::Bet(bet) => {
            // A manager reads this, not an operator: the reasons in one line, and never a backtrace.
            if let Err(error) = bet.run(&mut std::io::stdout()).await {
                writeln!(std::io::stderr(), "error: {error:#}")?;
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Pseudonym(asked) => {
            let pseudonym = asked.key.key.pseudonym(&asked.manager.to_string());
            writeln!(std::io::stdout(), "{pseudonym}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
