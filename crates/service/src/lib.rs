//! One service of Artel, put together from the parts in `service-host` and `messaging`.
//!
//! A service's `app.rs` says only what is its own:
//!
//! * [`About`]: name, contract and migrations.
//! * [`Settings`]: the settings that all services share, and the service's own.
//! * [`Builder`]: adds gRPC services, listeners, jobs and dependencies; gives a [`Service`].
//!
//! Its `main.rs` parses a [`Command`] and runs it.
//!
//! Everything that holds for all services is decided here: which settings there are, which parts a
//! process runs, the probes of PostgreSQL and Kafka, the operators' gRPC service, the hourly purge
//! of old requests, and how long a shutdown may take.

#![warn(missing_docs)]

mod about;
mod builder;
mod command;
mod settings;

pub use about::About;
pub use builder::{Builder, Service};
pub use command::Command;
pub use service_host::{Clock, Host};
pub use settings::{Options, Settings};
