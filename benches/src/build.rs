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

/// What is touched before a build, and what that stands for.
const CHANGES: [(&str, &str); 3] = [
    ("svc-orders/src/domain/order/place.rs", "one service's domain"),
    ("crates/messaging/src/lib.rs", "what all services stand on"),
    (
        "proto/artel/orders/v1/orders.proto",
        "a contract that others read",
    ),
];

/// Builds the workspace's programs in the dev profile from nothing, then after each of a few changes.
pub async fn measure(options: &Options) -> anyhow::Result<Section> {
    let target = Path::new(&options.target);
    ensure!(!target.exists(), "{} is there already", target.display());
    let mut table = Table::new(["build, dev profile", "takes"]);
    progress("building from nothing; this takes minutes");
    table.row(["from nothing".into(), time(build(&options.target).await?)]);
    for (file, what) in CHANGES {
        progress(format_args!("building after a change of {file}"));
        std::fs::File::open(file)?.set_modified(std::time::SystemTime::now())?;
        table.row([
            format!("after a change of {what} (`{file}`)"),
            time(build(&options.target).await?),
        ]);
    }
    std::fs::remove_dir_all(target)?;
    Ok(Section::new("Build times")
        .with("All programs of the workspace, `cargo build --workspace --bins`, with the crates downloaded before.")
        .with(table)
        .with("What limits a build from nothing: C code of librdkafka, and diesel; after a change: linking seven services.")
        .with("Repeat: `make bench ARGS=build`"))
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
