//! Notify: tells people what happened, by mail and in their own feed (N1–N4).
//!
//! * `domain`: the routing table, facts and how languages write them, when a mail is tried again; pure
//! * `templates`: letters from files
//! * `events`: what each event means to people; `events::announce` makes the notifications
//! * `jobs::deliver`: hands mails to the mail server (`mail`)
//! * `grpc`: feeds for those who are told, deliveries and previews for managers
//! * `store`: all SQL
//!
//! Invariants: notify publishes no events and calls nobody but the mail server; a notification and its row of work are
//! written with the event's inbox row or not at all; one event, one recipient, one template make one notification,
//! always with the same id; what a person wrote never becomes markup or a header.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod jobs;
pub mod mail;
pub mod store;
pub mod templates;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// This service's tables.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
