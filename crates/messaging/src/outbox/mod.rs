//! Events that are committed with the state they tell of, until the relay has published them.

mod publish;
mod rows;
mod span;

pub use publish::{publish, publish_all, publish_traced};
pub(crate) use rows::{Backlog, OutboxRow, backlog, next, remove};
pub(crate) use span::Span;
