//! `outside-world`: the stand-ins as one process, until interrupted.

use clap::Parser;
use outside_world::Options;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Stand-ins for what others run: payment gateways, payout provider, cookie contractor, mailbox.
#[derive(Debug, Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(flatten)]
    options: Options,

    /// What to log, as in `info,outside_world=debug`.
    #[arg(long, env = "OUTSIDE_WORLD_LOG", default_value = "info")]
    log: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let CommandLine { options, log } = CommandLine::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(log)?)
        .with_writer(std::io::stderr)
        .init();

    let mut terminate = signal(SignalKind::terminate())?;
    let mut running = outside_world::start(options).await?;
    println!("http {}", running.http_url());
    println!("smtp {}", running.smtp_url());
    tokio::select! {
        ended = running.finished() => ended?,
        _ = terminate.recv() => running.stop().await?,
        _ = tokio::signal::ctrl_c() => running.stop().await?,
    }
    Ok(())
}
