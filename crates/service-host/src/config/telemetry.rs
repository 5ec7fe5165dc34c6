//! Logs, traces and metrics.

use std::net::SocketAddr;

use super::parse::not_blank;

/// Logs, traces and metrics.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Telemetry")]
pub struct TelemetryOptions {
    /// The log filter: a level, or directives such as `info,service_host=debug`.
    #[arg(long = "log", env = "ARTEL_LOG", default_value = "info", value_parser = filter, value_name = "FILTER")]
    pub log: String,

    /// The format of log lines.
    #[arg(
        long = "log-format",
        env = "ARTEL_LOG_FORMAT",
        default_value = "json",
        value_enum,
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,

    /// The OTLP endpoint (gRPC) for logs, traces and metrics, such as `http://127.0.0.1:4317`.
    /// Without it, nothing is exported.
    #[arg(long = "otlp-endpoint", env = "ARTEL_OTLP_ENDPOINT", value_parser = endpoint, value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// The share of new traces that is recorded, from 0 to 1. A trace that arrives with a call or
    /// an event is recorded if its sender records it.
    #[arg(long = "trace-ratio", env = "ARTEL_TRACE_RATIO", default_value_t = 1.0, value_parser = share, value_name = "SHARE")]
    pub trace_ratio: f64,

    /// The address that serves `/metrics` for Prometheus and `/healthz` for a supervisor. Port 0
    /// takes a free port.
    #[arg(
        long = "metrics-listen",
        env = "ARTEL_METRICS_LISTEN",
        default_value = "127.0.0.1:9464",
        value_name = "ADDRESS"
    )]
    pub metrics_listen: SocketAddr,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Plain text, for people.
    Text,
}

fn filter(text: &str) -> Result<String, String> {
    not_blank(text)?
        .parse::<tracing_subscriber::EnvFilter>()
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1".to_owned()),
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    match text.parse::<http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() => {
            Ok(text.to_owned())
        }
        _ => Err("not an http(s) URL".to_owned()),
    }
}
