//! What tests need: a separate database and separate topics, tokens of any kind, and waiting for
//! conditions.
//!
//! A dev-dependency only. Its functions panic if something is missing, with a message that says
//! what to do.

#![warn(missing_docs)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod calls;
pub mod collector;
mod database;
mod door;
mod kafka;
mod migrations;
mod ports;
mod publishing;
mod tokens;
mod waiting;

pub use calls::{authorised, channel, reason_of};
pub use database::Database;
pub use door::Door;
pub use kafka::Kafka;
pub use migrations::every_migration_can_be_taken_back;
pub use ports::free_port;
pub use publishing::{publish, publish_all};
pub use tokens::{BadToken, Tokens};
pub use waiting::eventually;

/// The standard settings of a service under test, as arguments for its clap struct: free ports,
/// this database, these tokens.
///
/// `Config::parse_from([vec!["svc".to_owned()], arguments(&database, &tokens),
/// kafka.arguments()].concat())`
pub fn arguments(database: &Database, tokens: &Tokens) -> Vec<String> {
    vec![
        "--grpc-listen=127.0.0.1:0".to_owned(),
        "--metrics-listen=127.0.0.1:0".to_owned(),
        format!("--database-url={}", database.url()),
        format!("--jwks={}", tokens.jwks_path().display()),
        format!("--jwt-issuer={}", tokens.issuer()),
        format!("--jwt-audience={}", tokens.audience()),
    ]
}

fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `make test`, or first `eval \"$(tools/mesh/mesh test-env)\"`")
    })
}
