//! `svc-billing serve | migrate | verify`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use messaging::Migrate;
use service_host::config::DatabaseOptions;
use service_host::{Database, shutdown, telemetry};
use svc_billing::config::Config;
use svc_billing::domain::seal::Hash;
use svc_billing::{MIGRATIONS, app, audit};

/// Artel's billing service.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answers calls, listens to events, does jobs.
    Serve(Box<Config>),
    /// Brings the database up to date.
    Migrate(Box<Migrate>),
    /// Proves that the ledger is what was booked. Exit code 1: it is not, and the first that is wrong is named.
    Verify(Verify),
}

#[derive(Args)]
struct Verify {
    #[command(flatten)]
    database: DatabaseOptions,
    /// A head noted earlier: proves that nothing before it was rewritten since.
    #[arg(long)]
    expected_head: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(config) => {
            let telemetry = telemetry::init("billing", &config.telemetry).await?;
            let result = app::build(&config).await?.run(shutdown::on_signal()).await;
            telemetry.shutdown().await;
            result?;
        }
        Command::Migrate(migrate) => migrate.run(MIGRATIONS, billing_contract::TOPICS).await?,
        Command::Verify(options) => return verify(&options).await,
    }
    Ok(ExitCode::SUCCESS)
}

#[allow(clippy::print_stdout, reason = "the report is this command's product")]
async fn verify(options: &Verify) -> anyhow::Result<ExitCode> {
    let expected = options
        .expected_head
        .as_deref()
        .map(|text| Hash::from_hex(text).context("a head is 64 hexadecimal digits"))
        .transpose()?;
    let report = audit::verify(&Database::new(&options.database)?, expected).await?;
    println!(
        "{} entries in {} blocks proved, {} wait for their seal; head {}",
        report.entries, report.blocks, report.unsealed, report.head
    );
    let Some(finding) = report.finding else {
        println!("The ledger is intact.");
        return Ok(ExitCode::SUCCESS);
    };
    match finding.transaction {
        Some(id) => println!("Transaction {id}: {}.", finding.text),
        None => println!("The ledger is bent: {}.", finding.text),
    }
    Ok(ExitCode::FAILURE)
}
