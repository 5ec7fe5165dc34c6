//! Parts of a service's settings. A service flattens those that it needs into its own clap struct:
//!
//! ```
//! #[derive(Debug, Clone, clap::Args)]
//! struct Config {
//!     #[command(flatten)]
//!     grpc: service_host::GrpcOptions,
//!     #[command(flatten)]
//!     database: service_host::DatabaseOptions,
//! }
//! ```
//!
//! Every value is bounded; one out of bounds is refused at the start, with the setting's name.

mod access;
mod database;
mod grpc;
mod only;
pub mod parse;
mod telemetry;

pub use access::AccessOptions;
pub use database::DatabaseOptions;
pub use grpc::GrpcOptions;
pub use only::Only;
pub use telemetry::{LogFormat, TelemetryOptions};
