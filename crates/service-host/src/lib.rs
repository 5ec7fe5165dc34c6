//! The parts that every service process is built from. The crate `service` puts them together.
//!
//! What stands between the network and a handler:
//! * [`server`]: the gRPC server, with its layers for tracing, deadlines, load shedding and access.
//! * [`access`]: authentication and authorization. A handler sees a [`Caller`].
//! * [`field`]: conversion of request fields into domain values.
//! * [`Refusal`]: the only conversion from an error to a gRPC status.
//! * [`requests`]: idempotent commands ([`command`]).
//! * [`Groups`]: batches of concurrent calls.
//!
//! PostgreSQL:
//! * [`database`]: the connection pool, transactions with retries, and locks for one replica.
//! * [`migrations`]: database migrations.
//!
//! The life of a process:
//! * [`config`]: the settings that all services share.
//! * [`telemetry`]: logs, traces and metrics.
//! * [`Host`]: the database, the [`Clock`] and the shutdown that the parts of a service share.
//! * [`jobs`]: work that a timer starts.
//! * [`PassiveHealth`]: the health of a dependency that cannot be probed.
//! * [`shutdown`], [`supervisor`]: the end of a process and its tasks.
//! * [`fail_point`]: points at which a test can crash a process.
//!
//! Invariants: This crate knows no domain word. Every handler runs after trace, deadline, load
//! shedding and access. A server with a method that has no policy does not start. A connection with
//! an open transaction is never reused.

#![warn(missing_docs)]

pub mod access;
mod clock;
pub mod config;
pub mod database;
mod error_chain;
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
