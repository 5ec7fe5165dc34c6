//! PostgreSQL's own measuring tool, as the baseline of what one transaction per command costs.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use uuid::Uuid;

use crate::load::{self, Load};

/// Runs the script, a transaction, with prepared statements, by so many clients for `time`, after
/// the same warm-up as ours. The script may use `:client_id` and `:n`, which it has to raise (`\set
/// n :n + 1`) and which then never comes again for that client, not in a later run either.
///
/// # Errors
/// pgbench failed; its words are on standard error.
pub async fn run(url: &str, script: &str, clients: usize, time: Duration) -> anyhow::Result<Load> {
    let folder = Folder::new()?;
    let warm_up = time / load::WARM_UP;
    let file = folder.0.join("script.sql");
    std::fs::write(&file, script)?;
    // No client has a million transactions a second.
    let first = UNIX_EPOCH.elapsed()?.as_micros();
    let status = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--log"])
        .arg(format!("--define=n={first}"))
        .arg(format!("--log-prefix={}", folder.0.join("log").display()))
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={}", clients.min(2)))
        // Whole seconds, and one to spare: what is counted has to lie within.
        .arg(format!("--time={}", (time + warm_up).as_secs() + 2))
        .arg("--file")
        .arg(&file)
        .arg(url)
        .stdout(Stdio::null())
        .status()
        .await
        .context("pgbench can't be started")?;
    ensure!(status.success(), "pgbench failed");
    Ok(Load::of(folder.latencies(warm_up, time)?, time))
}

/// What pgbench writes, until it has been read.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("artel-pgbench-{}", Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// Of the transactions that ended within `time` after the warm-up. The third column of every
    /// line of every log is how long one took in microseconds, the fifth and sixth are when it
    /// ended, in seconds and microseconds.
    fn latencies(&self, warm_up: Duration, time: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut transactions = Vec::new();
        for file in std::fs::read_dir(&self.0)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                continue;
            }
            for line in std::fs::read_to_string(path)?.lines() {
                let column = |number: usize| {
                    let text = line.split(' ').nth(number).context("a line without a time")?;
                    anyhow::Ok(text.parse::<u64>()?)
                };
                let ended = Duration::from_secs(column(4)?) + Duration::from_micros(column(5)?);
                transactions.push((ended, Duration::from_micros(column(2)?)));
            }
        }
        let begun = transactions
            .iter()
            .map(|(ended, took)| ended.saturating_sub(*took))
            .min();
        let begin = begun.context("no transaction")? + warm_up;
        let counted = transactions
            .into_iter()
            .filter(|(ended, _)| (begin..begin + time).contains(ended));
        Ok(counted.map(|(_, took)| took).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
