//! A record together with what the service does about it.

use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;

use super::listener::Stop;
use crate::record::Record;

/// A record with its plan.
pub(super) struct Arrival {
    pub(super) record: Record,
    pub(super) plan: Plan,
}

/// How a record is processed.
pub(super) enum Plan {
    /// The service does not listen to its type.
    Skip,
    /// It cannot be decoded; the text says why.
    Malformed(String),
    /// Each listener in turn.
    Apply(Vec<Box<dyn Effect>>),
}

/// What one listener does about one event.
pub(super) trait Effect: Send + Sync {
    fn apply<'a>(&'a self, conn: &'a mut AsyncPgConnection) -> BoxFuture<'a, Result<(), Stop>>;
}
