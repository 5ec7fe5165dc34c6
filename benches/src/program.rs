//! The programs that were built for the measurements.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use test_support::Tokens;
use tokio::time::Instant;
use tonic::transport::Endpoint;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// Where a program of the release profile is.
pub fn path(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("release").join(name)
}

/// A line of a process's status, in KiB. A process is known by its id, or as `self`.
pub fn status_of(process: &str, line: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let value = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .and_then(|rest| rest.trim().strip_suffix(" kB"));
    Ok(value.context("no such line")?.parse()?)
}

/// The arguments by which a server believes these tokens.
pub fn access_arguments(tokens: &Tokens) -> [String; 3] {
    [
        format!("--jwks={}", tokens.jwks_path().display()),
        format!("--jwt-issuer={}", tokens.issuer()),
        format!("--jwt-audience={}", tokens.audience()),
    ]
}

/// Asks every millisecond until the program serves.
///
/// # Errors
/// It doesn't within `bound`.
pub async fn until_serving(endpoint: &Endpoint, bound: Duration) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !serves(endpoint).await {
        ensure!(begun.elapsed() < bound, "{} does not serve", endpoint.uri());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn serves(endpoint: &Endpoint) -> bool {
    let Ok(channel) = endpoint.connect().await else {
        return false;
    };
    let everything = HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel).check(everything).await;
    answer.is_ok_and(|answer| answer.into_inner().status == ServingStatus::Serving as i32)
}
