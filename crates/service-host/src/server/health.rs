//! The health service: one entry per dependency, and the overall health under the empty name. A
//! metric has the same values.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use opentelemetry::{KeyValue, global};
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The pause between two probes.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one probe may take.
const TIMEOUT: Duration = Duration::from_secs(3);

type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// A dependency outside this process.
pub(super) struct Dependency {
    name: &'static str,
    /// Whether the process cannot serve callers without it.
    required: bool,
    probe: Probe,
}

impl Dependency {
    pub(super) fn new<F, R, E>(name: &'static str, required: bool, probe: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let probe: Probe = Box::new(move || {
            let probing = probe();
            async move { probing.await.map_err(|error| error.to_string()) }.boxed()
        });
        Self {
            name,
            required,
            probe,
        }
    }

    async fn probe(&self) -> Result<(), String> {
        match tokio::time::timeout(TIMEOUT, (self.probe)()).await {
            Ok(result) => result,
            Err(_) => Err("no answer".to_owned()),
        }
    }
}

/// Probes all dependencies until the server drains. Then the overall health is NOT_SERVING.
pub(super) async fn watch(
    reporter: HealthReporter,
    dependencies: Vec<Dependency>,
    draining: CancellationToken,
) {
    let mut known: HashMap<&str, bool> = HashMap::new();
    let up = global::meter("service-host")
        .u64_gauge("artel.dependency.up")
        .with_description("Whether a dependency is available: 1, or away: 0")
        .build();
    while !draining.is_cancelled() {
        // Each result is reported at once, so that a slow probe does not delay the others.
        let results = join_all(dependencies.iter().map(async |dependency| {
            let result = dependency.probe().await;
            reporter
                .set_service_status(dependency.name, status(result.is_ok()))
                .await;
            result
        }))
        .await;
        let mut overall = true;
        for (dependency, result) in dependencies.iter().zip(results) {
            overall &= result.is_ok() || !dependency.required;
            up.record(
                u64::from(result.is_ok()),
                &[KeyValue::new("dependency", dependency.name)],
            );
            if known.insert(dependency.name, result.is_ok()) != Some(result.is_ok()) {
                match &result {
                    Ok(()) => tracing::info!(dependency = dependency.name, "is there"),
                    Err(error) => tracing::warn!(dependency = dependency.name, error, "is away"),
                }
            }
        }
        reporter.set_service_status("", status(overall)).await;
        tokio::select! {
            () = draining.cancelled() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    reporter.set_service_status("", ServingStatus::NotServing).await;
}

fn status(serving: bool) -> ServingStatus {
    if serving {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    }
}
