//! The settings that all services share, grouped by concern. The crate `service` flattens them into
//! the settings of each service.
//!
//! Every value has bounds. A value out of bounds is refused at the start, with the setting's name.

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
