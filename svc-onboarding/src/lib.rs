//! svc-onboarding: from an application on the public site to a worker.
//!
//! | room | content |
//! |---|---|
//! | [`domain`] | the hiring rules, pure |
//! | [`gate`] | protects the database from public calls: proof of work, rate limits, the lane |
//! | [`grpc`] | one file per call |
//! | [`use_cases`] | what calls and jobs share: assessing an attempt, erasing a person |
//! | [`store`] | all SQL |
//! | [`events`] | listeners, and the conversion of the service's own events |
//! | [`jobs`] | overdue tests, remote graders, erasure |
//! | [`app`], [`config`] | how the service is built, and its settings |
//!
//! Invariants:
//! * A call without a token uses the database only through [`gate`], and the lane bounds how many
//!   connections such calls hold: a flood cannot keep managers from working.
//! * No right answer is sent to a candidate: a [`domain::attempt::TaskView`] is made from
//!   [`domain::task::Kind::input`], which does not depend on right answers.
//! * No token is stored or logged; the database has digests. Tokens leave the service in two
//!   events, because svc-notify sends them in e-mails.
//! * A transaction locks an application's row before it changes anything that belongs to the
//!   application.
//! * Saving an application publishes its events. The domain makes both, and nothing else is
//!   published.
//! * No other service is called while a transaction is open.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod gate;
pub mod grpc;
pub mod jobs;
pub mod store;
pub mod use_cases;

pub use error::Error;

/// The service's own tables.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("migrations");
