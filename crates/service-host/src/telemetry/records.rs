//! Export of log lines as OTLP records.

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};

use super::setup::BoxedLayer;

/// The crates that export the records. Their log lines are not exported, because each exported
/// batch would cause new log lines and so the next batch. Standard output has them.
const EXPORTERS: [&str; 5] = ["h2", "hyper", "hyper_util", "tonic", "tower"];

/// Exports log lines. The SDK adds the ids of the current span to each record.
pub(super) fn layer(logger: &SdkLoggerProvider, filter: EnvFilter) -> BoxedLayer {
    let filter = filter.and(filter_fn(|metadata| !is_exporter(metadata.target())));
    OpenTelemetryTracingBridge::new(logger)
        .with_filter(filter)
        .boxed()
}

fn is_exporter(target: &str) -> bool {
    let part = target.split("::").next().unwrap_or(target);
    // The SDK uses the names of its crates as targets: opentelemetry_sdk, opentelemetry-otlp.
    EXPORTERS.contains(&part) || part.starts_with("opentelemetry")
}

#[cfg(test)]
mod tests {
    use super::is_exporter;

    #[test]
    fn only_lines_of_exporters_are_left_out() {
        for exporter in [
            "h2::codec",
            "hyper_util::client",
            "opentelemetry_sdk",
            "opentelemetry-otlp",
            "tonic",
        ] {
            assert!(is_exporter(exporter), "{exporter}");
        }
        for own in ["service_host::refusal", "h2o::steam", "svc_orders", "towers"] {
            assert!(!is_exporter(own), "{own}");
        }
    }
}
