//! svc-onboarding: from an application on the public site to a worker in the pool.
//!
//! | room | what is in it |
//! |---|---|
//! | [`domain`] | the hiring rules, pure |
//! | [`gate`] | what stands between the public and the database: proof of work, limits, the narrow lane |
//! | [`grpc`] | one file per call |
//! | [`assessment`] | how an attempt goes on after each step: over → graded → scored → recommended |
//! | [`erasure`] | forgetting a person |
//! | [`store`] | all SQL |
//! | [`events`] | what is published, and what is listened to |
//! | [`jobs`] | what the clock starts: overdue tests, remote graders, erasure |
//! | [`app`], [`config`] | the composition root and its settings |
//!
//! Invariants:
//! * A call without a token reaches the database only through [`gate`], and never holds more connections than its lane is
//!   wide: a flood can't keep managers from working.
//! * A right answer has no way to a candidate: [`domain::attempt::Shown`] is made of what [`domain::task::Kind::input`]
//!   gives, which doesn't look at right answers.
//! * No token is ever stored or logged; the database has digests. Tokens leave in two events, because letters are made
//!   from them.
//! * The application's row is locked before anything that belongs to it is changed.
//! * Nothing outside is called while a transaction is open.

pub mod app;
pub mod assessment;
pub mod config;
pub mod domain;
pub mod erasure;
pub mod error;
pub mod events;
pub mod gate;
pub mod grpc;
pub mod jobs;
pub mod store;

pub use error::Error;

/// The service's own tables.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
