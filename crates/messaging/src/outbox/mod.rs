//! The table `outbox`: events that are committed together with the state they announce, until the
//! relay has published them.

mod events;
mod rows;
mod save;
mod span;

pub use events::Events;
pub(crate) use rows::{Backlog, OutboxRow, backlog, delete, next};
pub use save::{Change, PipelinedChange, save, save_pipelined};
pub(crate) use span::Span;
