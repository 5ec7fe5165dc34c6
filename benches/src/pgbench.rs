//! PostgreSQL's own measuring tool, as the baseline of what one transaction per command costs.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use uuid::Uuid;

use crate::load::Load;

/// Runs the script, a transaction, with prepared statements, by so many clients for `time`. The script may use
/// `:client_id` and `:n`, which it has to raise (`\set n :n + 1`) and which then never comes again for that client, not in a
/// later run either.
///
/// # Errors
/// pgbench failed; its words are on standard error.
pub async fn run(url: &str, script: &str, clients: usize, time: Duration) -> anyhow::Result<Load> {
    let folder = Folder::new()?;
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
        .arg(format!("--time={}", time.as_secs()))
        .arg("--file")
        .arg(&file)
        .arg(url)
        .stdout(Stdio::null())
        .status()
        .await
        .context("pgbench can't be started")?;
    ensure!(status.success(), "pgbench failed");
    Ok(Load::of(folder.latencies()?, time))
}

/// What pgbench writes, until it has been read.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("artel-pgbench-{}", Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// The third column of every line of every log is a transaction's time in microseconds.
    fn latencies(&self) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        for file in std::fs::read_dir(&self.0)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                continue;
            }
            for line in std::fs::read_to_string(path)?.lines() {
                let time = line.split(' ').nth(2).context("a line without a time")?;
                latencies.push(Duration::from_micros(time.parse()?));
            }
        }
        Ok(latencies)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
