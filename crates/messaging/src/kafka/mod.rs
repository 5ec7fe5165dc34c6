//! Clients of a Kafka cluster: their settings, their log, and whether they reach a broker.

mod client_log;
mod handle;
mod query;
mod watch;

pub(crate) use client_log::{ClientLog, log};
pub use handle::Kafka;
pub(crate) use handle::{POLL_INTERVAL, reach};
pub(crate) use query::QueryClient;
pub(crate) use watch::ConnectionWatch;
