//! What makes a process a good service. Every `svc-*` is built from these parts and writes none of them itself.
//!
//! * [`config`]: parts of a service's settings, each a flag and an environment variable.
//! * [`telemetry`]: logs, traces, metrics, and the listener that Prometheus reads.
//! * [`database`]: the pool, transactions that are retried and never left open, locks that one replica holds.
//! * [`access`]: who is calling, and may they. [`Caller`] is what a handler sees of it.
//! * [`Clock`]: the time, passed in.
//! * [`field`]: fields of requests as domain values.
//! * [`Refusal`]: the one way from an error to a gRPC status.
//! * [`requests`]: [`command`], which makes a repeated request harmless.
//! * [`Groups`]: what several callers want at the same time, done at once.
//! * [`server`]: the gRPC server with everything that stands before a handler.
//! * [`PassiveHealth`]: the health of a dependency that cannot be probed.
//! * [`jobs`], [`migrations`], [`shutdown`], [`supervisor`]: the life of a process.
//! * [`fail_point`]: where tests make a process die.
//!
//! Invariants: it knows no domain word; no handler runs before trace, deadline, load shedding and access have had their
//! say; a method without a policy keeps the server from starting; no connection with an open transaction is ever used
//! again.

#![warn(missing_docs)]

pub mod access;
mod clock;
pub mod config;
pub mod database;
pub mod fail_point;
pub mod field;
mod groups;
mod host;
pub mod jobs;
pub mod migrations;
mod passive_health;
pub mod refusal;
pub mod requests;
pub mod server;
pub mod shutdown;
pub mod supervisor;
pub mod telemetry;

pub use access::{Access, Caller};
pub use clock::Clock;
pub use config::{AccessOptions, DatabaseOptions, GrpcOptions, Only, TelemetryOptions};
pub use database::Database;
pub use groups::Groups;
pub use host::Host;
pub use migrations::MIGRATIONS;
pub use passive_health::PassiveHealth;
pub use refusal::Refusal;
pub use requests::command;
pub use server::Server;
pub use supervisor::Supervisor;
