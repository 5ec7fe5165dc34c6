//! The gRPC server.

use std::net::SocketAddr;
use std::time::Duration;

use super::parse::{count_between, duration_between, size_between};

/// Generated servers accept no larger message. Callers send larger data (photos, imports) as a
/// stream.
const LARGEST_MESSAGE: u64 = 4 * 1024 * 1024;

/// The gRPC server's address, limits and deadlines.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "gRPC")]
pub struct GrpcOptions {
    /// The address that the server listens on. Port 0 takes a free port.
    #[arg(
        long = "grpc-listen",
        env = "ARTEL_GRPC_LISTEN",
        default_value = "127.0.0.1:50051",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// The most calls in flight. Further calls are refused with UNAVAILABLE and a time to wait.
    #[arg(long = "grpc-max-in-flight", env = "ARTEL_GRPC_MAX_IN_FLIGHT", default_value = "512",
          value_parser = count_between(1, 100_000), value_name = "COUNT")]
    pub max_in_flight: usize,

    /// The most open response streams (watches, downloads).
    #[arg(long = "grpc-max-streams", env = "ARTEL_GRPC_MAX_STREAMS", default_value = "1024",
          value_parser = count_between(1, 100_000), value_name = "COUNT")]
    pub max_streams: usize,

    /// The most open calls on one connection.
    #[arg(long = "grpc-max-connection-streams", env = "ARTEL_GRPC_MAX_CONNECTION_STREAMS", default_value = "256",
          value_parser = clap::value_parser!(u32).range(1..=10_000), value_name = "COUNT")]
    pub max_connection_streams: u32,

    /// The most open connections. Further connections are closed when they are accepted.
    #[arg(long = "grpc-max-connections", env = "ARTEL_GRPC_MAX_CONNECTIONS", default_value = "10000",
          value_parser = count_between(1, 1_000_000), value_name = "COUNT")]
    pub max_connections: usize,

    /// The largest request message, from 1KiB to 4MiB. A larger message is refused with
    /// RESOURCE_EXHAUSTED.
    #[arg(long = "grpc-max-message", env = "ARTEL_GRPC_MAX_MESSAGE", default_value = "4MiB",
          value_parser = size_between(1024, LARGEST_MESSAGE), value_name = "SIZE")]
    pub max_message: usize,

    /// The deadline of a call without one. Uploads (client streams) get the longest deadline
    /// instead.
    #[arg(long = "grpc-default-deadline", env = "ARTEL_GRPC_DEFAULT_DEADLINE", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_mins(10)), value_name = "TIME")]
    pub default_deadline: Duration,

    /// The longest deadline of a call. A longer deadline is shortened to it.
    #[arg(long = "grpc-max-deadline", env = "ARTEL_GRPC_MAX_DEADLINE", default_value = "60s",
          value_parser = duration_between(Duration::from_millis(10), Duration::from_hours(1)), value_name = "TIME")]
    pub max_deadline: Duration,

    /// How long calls in flight may continue after shutdown is requested.
    #[arg(long = "grpc-drain", env = "ARTEL_GRPC_DRAIN", default_value = "20s",
          value_parser = duration_between(Duration::ZERO, Duration::from_mins(10)), value_name = "TIME")]
    pub drain: Duration,

    /// How long a connection may be idle before the server sends a keep-alive ping.
    #[arg(long = "grpc-keepalive", env = "ARTEL_GRPC_KEEPALIVE", default_value = "30s",
          value_parser = duration_between(Duration::from_secs(1), Duration::from_hours(1)), value_name = "TIME")]
    pub keepalive: Duration,

    /// How long the answer to a keep-alive ping may take. Then the server closes the connection.
    #[arg(long = "grpc-keepalive-timeout", env = "ARTEL_GRPC_KEEPALIVE_TIMEOUT", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_mins(10)), value_name = "TIME")]
    pub keepalive_timeout: Duration,

    /// How long a new connection may take to send its first bytes. Then the server closes it.
    #[arg(long = "grpc-greeting-timeout", env = "ARTEL_GRPC_GREETING_TIMEOUT", default_value = "10s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_mins(10)), value_name = "TIME")]
    pub greeting_timeout: Duration,

    /// How long a caller may leave part of a response unread. Then the server closes the connection
    /// and its calls.
    #[arg(long = "grpc-reader-timeout", env = "ARTEL_GRPC_READER_TIMEOUT", default_value = "60s",
          value_parser = duration_between(Duration::from_millis(100), Duration::from_hours(1)), value_name = "TIME")]
    pub reader_timeout: Duration,

    /// Origins whose pages may call by gRPC-Web, separated by commas. `*` allows all origins.
    #[arg(
        long = "grpc-cors-origins",
        env = "ARTEL_GRPC_CORS_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub cors_origins: Vec<String>,
}
