//! Publishing without a change of state. Replaced by [`save`](super::save::save).

use conventions::Event;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::events::Events;

/// Publishes an event in the transaction on `conn`.
///
/// # Errors
/// As [`save`](super::save::save).
pub async fn publish<E: Event>(conn: &mut AsyncPgConnection, event: &E) -> QueryResult<()> {
    Events::of(event).insert(conn).await
}
