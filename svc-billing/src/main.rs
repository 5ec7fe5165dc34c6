//! The program `svc-billing`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser};
use diesel_async::AsyncPgConnection;
use service_host::{Database, DatabaseOptions};
use svc_billing::config::Config;
use svc_billing::domain::seal::Hash;
use svc_billing::use_cases::verify_ledger::{Report, verify_ledger};
use svc_billing::{Error, app};

/// The ledger, invoices, charges and payouts.
#[derive(Parser)]
#[command(name = "svc-billing", version)]
enum Cli {
    #[command(flatten)]
    Service(service::Command<Config>),
    /// Verify the ledger. If it is corrupt, print the first corrupt entry and exit with code 1.
    Verify(Verify),
}

#[derive(Args)]
struct Verify {
    #[command(flatten)]
    database: DatabaseOptions,
    /// A head that was noted earlier. Verifies that no entry before it was rewritten since.
    #[arg(long)]
    expected_head: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse() {
        Cli::Service(command) => command.run(app::ABOUT, app::build).await?,
        Cli::Verify(options) => return verify(&options).await,
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
    let report: Report = Database::new(&options.database)?
        .transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            verify_ledger(conn, expected).await
        })
        .await?;
    println!(
        "verified {} entries in {} blocks; {} entries wait for their seal; head {}",
        report.entries, report.blocks, report.unsealed, report.head
    );
    let Some(finding) = report.finding else {
        println!("The ledger is intact.");
        return Ok(ExitCode::SUCCESS);
    };
    println!("The ledger is corrupt: {finding}.");
    Ok(ExitCode::FAILURE)
}
