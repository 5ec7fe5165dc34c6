//! The program `svc-totalizator`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use svc_totalizator::app;
use svc_totalizator::client::Bet;
use svc_totalizator::config::{Config, KeyOptions};

/// Bets on how orders will end.
#[derive(Parser)]
#[command(name = "svc-totalizator", version)]
enum Cli {
    #[command(flatten)]
    Service(service::Command<Config>),
    /// Bet, and look at bets: a client of a running service.
    Bet(Bet),
    /// Print a manager's pseudonym.
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
    match Cli::parse() {
        Cli::Service(command) => command.run(app::ABOUT, app::build).await?,
        Cli::Bet(bet) => {
            // Managers read this, not operators: the reasons on one line, and no backtrace.
            if let Err(error) = bet.run(&mut std::io::stdout()).await {
                writeln!(std::io::stderr(), "error: {error:#}")?;
                return Ok(ExitCode::FAILURE);
            }
        }
        Cli::Pseudonym(Pseudonym { key, manager }) => {
            writeln!(std::io::stdout(), "{}", key.key.pseudonym(&manager.to_string()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
