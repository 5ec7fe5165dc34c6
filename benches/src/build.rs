//! How long builds take: what a developer waits for.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::process::Command;

use crate::page::{Section, Table, progress, time};

#[derive(clap::Args)]
pub struct Options {
    /// Where the builds go: a folder that must not be there yet, and is removed afterwards
    #[arg(long, default_value = "target/build-times")]
    target: String,
}

/// What is changed before a build, what that stands for, and what is added to it.
const CHANGES: [(&str, &str, &str); 3] = [
    (
        "svc-orders/src/domain/order/place.rs",
        "one service's domain",
        FUNCTION,
    ),
    (
        "crates/messaging/src/lib.rs",
        "what all services stand on",
        FUNCTION,
    ),
    (
        "proto/artel/orders/v1/orders.proto",
        "a contract that others read",
        "\n// Added by a measurement.\nmessage Measured {\n  // Anything.\n  string text = 1;\n}\n",
    ),
];
/// A public item: whatever stands on the crate has to look at it again.
const FUNCTION: &str =
    "\n/// Added by a measurement.\npub fn measured(number: u64) -> u64 {\n    number + 1\n}\n";

/// Builds the workspace's programs in the dev profile from nothing, then after each of a few
/// changes.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let target = Path::new(&options.target);
    ensure!(!target.exists(), "{} is there already", target.display());
    let mut table = Table::new(["build, dev profile", "takes"]);
    progress("building from nothing; this takes minutes");
    table.row(["from nothing".into(), time(build(&options.target).await?)]);
    for (file, what, more) in CHANGES {
        progress(format_args!("building after a change of {file}"));
        let changed = Changed::by(file, more)?;
        table.row([
            format!("after a change of {what} (`{file}`)"),
            time(build(&options.target).await?),
        ]);
        drop(changed);
        build(&options.target).await?;
    }
    std::fs::remove_dir_all(target)?;
    Ok(Section::new("Build times")
        .with("All programs of the workspace, `cargo build --workspace --bins`, with the crates downloaded before.")
        .with(table)
        .with("What limits a build from nothing: C code of librdkafka, and diesel; after a change: linking seven services.")
        .with("Repeat: `make bench ARGS=build`"))
}

/// A file that holds something more, until this is dropped.
struct Changed {
    file: &'static str,
    before: String,
}

impl Changed {
    fn by(file: &'static str, more: &str) -> anyhow::Result<Self> {
        let before = std::fs::read_to_string(file)?;
        std::fs::write(file, format!("{before}{more}"))?;
        Ok(Self { file, before })
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        if let Err(error) = std::fs::write(self.file, &self.before) {
            progress(format_args!(
                "{} could not be put back (git checkout does it): {error}",
                self.file
            ));
        }
    }
}

async fn build(target: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let status = Command::new("cargo")
        .args([
            "build",
            "--workspace",
            "--bins",
            "--quiet",
            "--target-dir",
            target,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .await?;
    ensure!(status.success(), "the build failed");
    Ok(begun.elapsed())
}
