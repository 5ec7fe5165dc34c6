//! `svc-billing serve | migrate | verify`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use messaging::topics::TopicOptions;
use messaging::{Kafka, KafkaOptions};
use service_host::config::DatabaseOptions;
use service_host::{Database, migrations, shutdown, telemetry};
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
    Migrate(Migrate),
    /// Proves that the ledger is what was booked. Exit code 1: it is not, and the first that is wrong is named.
    Verify(Verify),
}

#[derive(Args)]
struct Migrate {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
    #[command(flatten)]
    topics: TopicOptions,
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
        Command::Migrate(options) => migrate(&options).await?,
        Command::Verify(options) => return verify(&options).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(options: &Migrate) -> anyhow::Result<()> {
    let sets = [service_host::MIGRATIONS, messaging::MIGRATIONS, MIGRATIONS];
    migrations::run(&options.database.url, &sets).await?;
    let kafka = Kafka::new(&options.kafka);
    options.topics.ensure(&kafka, billing_contract::TOPICS).await?;
    Ok(())
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
