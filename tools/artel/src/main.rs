//! The command line of Artel's internal teams.

use std::process::ExitCode;

use artel::cli::Cli;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match artel::cli::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard output may be a closed pipe (`artel … | head`), so errors go to standard
            // error.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("error: {error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
