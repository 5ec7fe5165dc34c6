//! How calls are taken.

use std::net::SocketAddr;
use std::time::Duration;

use super::parse::{count_between, duration_between, size_between};

/// Generated servers take no larger message, whatever is set. What is larger (photos, imports) comes as a stream.
const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// The gRPC server's address, limits and deadlines.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "gRPC")]
pub struct GrpcOptions {
    /// Where the server listens. Port 0 takes a free one.
    #[arg(
        long = "grpc-listen",
        env = "ARTEL_GRPC_LISTEN",
        default_value = "127.0.0.1:50051",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// How many calls may be worked on at once; more are refused with UNAVAILABLE and a pause to wait.
    #[arg(long = "grpc-max-in-flight", env = "ARTEL_GRPC_MAX_IN_FLIGHT", default_value = "512",
          value_parser = count_between(1, 100_000), value_name = "COUNT")]
    pub max_in_flight: usize,

    /// How many streaming answers (watches, downloads) may be open at once.
    #[arg(long = "grpc-max-streams", env = "ARTEL_GRPC_MAX_STREAMS", default_value = "1024",
          value_parser = count_between(1, 100_000), value_name = "COUNT")]
    pub max_streams: usize,

    /// How many calls one connection may have open at once.
    #[arg(long = "grpc-max-connection-streams", env = "ARTEL_GRPC_MAX_CONNECTION_STREAMS", default_value = "256",
          value_parser = clap::value_parser!(u32).range(1..=10_000), value_name = "COUNT")]
    pub max_connection_streams: u32,

    /// How many connections may be open at once; more are closed as soon as they come.
    #[arg(long = "grpc-max-connections", env = "ARTEL_GRPC_MAX_CONNECTIONS", default_value = "10000",
          value_parser = count_between(1, 1_000_000), value_name = "COUNT")]
    pub max_connections: usize,

    /// How large one message from a caller may be, from 1KiB to 4MiB; a larger one is refused with RESOURCE_EXHAUSTED.
    #[arg(long = "grpc-max-message", env = "ARTEL_GRPC_MAX_MESSAGE", default_value = "4MiB",
          value_parser = size_between(1024, LARGEST_MESSAGE), value_name = "SIZE")]
    pub max_message: usize,

    /// The deadline of a call that brings none. Uploads (client streams) get the longest deadline instead.
    #[arg(long = "grpc-default-deadline", env = "ARTEL_GRPC_DEFAULT_DEADLINE", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_mins(10)), value_name = "TIME")]
    pub default_deadline: Duration,

    /// The longest deadline that a call may ask for; a longer one is cut to this.
    #[arg(long = "grpc-max-deadline", env = "ARTEL_GRPC_MAX_DEADLINE", default_value = "60s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_hours(1)), value_name = "TIME")]
    pub max_deadline: Duration,

    /// How long running calls may take to finish after a shutdown was asked for.
    #[arg(long = "grpc-drain", env = "ARTEL_GRPC_DRAIN", default_value = "20s",
          value_parser = duration_between(Duration::ZERO, Duration::from_mins(10)), value_name = "TIME")]
    pub drain: Duration,

    /// After how much silence a connection is asked whether it is still there.
    #[arg(long = "grpc-keepalive", env = "ARTEL_GRPC_KEEPALIVE", default_value = "30s",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_hours(1)), value_name = "TIME")]
    pub keepalive: Duration,

    /// How long the answer to that may take; then the connection is given up.
    #[arg(long = "grpc-keepalive-patience", env = "ARTEL_GRPC_KEEPALIVE_PATIENCE", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_mins(10)), value_name = "TIME")]
    pub keepalive_patience: Duration,

    /// How long a new connection may take to say its first words.
    #[arg(long = "grpc-greeting-patience", env = "ARTEL_GRPC_GREETING_PATIENCE", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_mins(10)), value_name = "TIME")]
    pub greeting_patience: Duration,

    /// How long a caller may leave an answer untaken; then the connection is given up, with all its calls.
    #[arg(long = "grpc-reader-patience", env = "ARTEL_GRPC_READER_PATIENCE", default_value = "60s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)), value_name = "TIME")]
    pub reader_patience: Duration,

    /// Origins whose pages may call by gRPC-Web, comma-separated; `*` means all of them.
    #[arg(
        long = "grpc-cors-origins",
        env = "ARTEL_GRPC_CORS_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub cors_origins: Vec<String>,
}
