//! svc-totalizator: bets of managers on how orders will end. It only listens, moves no money, and
//! leaves no traces.
//!
//! * [`domain`]: the rules, pure. [`store`]: all SQL. [`events`], [`grpc`], [`jobs`]: what comes
//!   in.
//! * [`client`]: the managers' command line, in this same binary. [`config`], [`app`]: settings and
//!   composition.
//!
//! Invariants:
//! - nothing that is stored, logged, traced or counted names a manager: only pseudonyms, which only
//!   the key links;
//! - it publishes nothing and calls nobody; no other crate depends on this one or on its contract;
//! - a bet is never changed; paid out is staked, and the database checks it at commit;
//! - an order is settled at most once.

pub mod app;
pub mod client;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod store;

/// The service's own tables. Run them beside those of service-host and messaging.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
