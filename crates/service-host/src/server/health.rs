//! What the health service says: one entry per dependency, and the whole under the empty name. Metrics say the same.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use opentelemetry::{KeyValue, global};
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// How long between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(3);

type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Something outside of this process that it depends on.
pub(super) struct Dependency {
    name: &'static str,
    /// Without it the process is of no use to callers.
    vital: bool,
    probe: Probe,
}

impl Dependency {
    pub(super) fn new<F, R, E>(name: &'static str, vital: bool, probe: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let probe: Probe = Box::new(move || {
            let looking = probe();
            async move { looking.await.map_err(|error| error.to_string()) }.boxed()
        });
        Self { name, vital, probe }
    }

    async fn look(&self) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, (self.probe)()).await {
            Ok(result) => result,
            Err(_) => Err("no answer".to_owned()),
        }
    }
}

/// Looks at all dependencies again and again, until the server drains: from then on the whole is not serving.
pub(super) async fn watch(
    reporter: HealthReporter,
    dependencies: Vec<Dependency>,
    draining: CancellationToken,
) {
    let mut known: HashMap<&str, bool> = HashMap::new();
    let up = global::meter("service-host")
        .u64_gauge("artel.dependency.up")
        .with_description("Whether a dependency is there: 1, or away: 0")
        .build();
    while !draining.is_cancelled() {
        // Each is told as soon as it is known: a slow one must not keep the others back.
        let looks = join_all(dependencies.iter().map(async |dependency| {
            let result = dependency.look().await;
            reporter
                .set_service_status(dependency.name, status(result.is_ok()))
                .await;
            result
        }))
        .await;
        let mut whole = true;
        for (dependency, result) in dependencies.iter().zip(looks) {
            whole &= result.is_ok() || !dependency.vital;
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
        reporter.set_service_status("", status(whole)).await;
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
