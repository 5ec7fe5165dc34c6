//! Log lines as records for OTLP.

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};

use super::setup::BoxedLayer;

/// What carries the records away. Were its own lines sent too, each batch would beget the next one; they are on standard
/// output, where they can be read while the receiver is away.
const CARRIERS: [&str; 5] = ["h2", "hyper", "hyper_util", "tonic", "tower"];

/// Sends what is logged. The SDK gives each record the ids of the span in which it was made.
pub(super) fn layer(logger: &SdkLoggerProvider, filter: EnvFilter) -> BoxedLayer {
    let filter = filter.and(filter_fn(|metadata| !is_carrier(metadata.target())));
    OpenTelemetryTracingBridge::new(logger)
        .with_filter(filter)
        .boxed()
}

fn is_carrier(target: &str) -> bool {
    let part = target.split("::").next().unwrap_or(target);
    // The SDK's lines bear its crates' names: opentelemetry_sdk, opentelemetry-otlp.
    CARRIERS.contains(&part) || part.starts_with("opentelemetry")
}

#[cfg(test)]
mod tests {
    use super::is_carrier;

    #[test]
    fn only_what_carries_records_is_left_out() {
        for carrier in [
            "h2::codec",
            "hyper_util::client",
            "opentelemetry_sdk",
            "opentelemetry-otlp",
            "tonic",
        ] {
            assert!(is_carrier(carrier), "{carrier}");
        }
        for own in ["service_host::refusal", "h2o::steam", "svc_orders", "towers"] {
            assert!(!is_carrier(own), "{own}");
        }
    }
}
