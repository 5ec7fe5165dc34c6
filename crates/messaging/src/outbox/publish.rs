//! Publishing without a change of state. Replaced by [`save`](super::save::save).

use conventions::Event;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::events::Events;

/// Publishes an event if the transaction on `conn` commits.
///
/// # Errors
/// As [`save`](super::save::save).
pub async fn publish<E: Event>(conn: &mut AsyncPgConnection, event: &E) -> QueryResult<()> {
    Events::of(event).insert(conn).await
}

/// Publishes several events in the order given.
///
/// # Errors
/// As [`publish`].
pub async fn publish_all<E: Event>(conn: &mut AsyncPgConnection, events: &[E]) -> QueryResult<()> {
    events.iter().collect::<Events>().insert(conn).await
}

/// Publishes several events in the order given, each with its own trace.
///
/// # Errors
/// As [`publish`].
pub async fn publish_traced<E: Event>(
    conn: &AsyncPgConnection,
    events: &[(E, Option<String>)],
) -> QueryResult<()> {
    let mut outgoing = Events::none();
    for (event, traceparent) in events {
        outgoing.push_traced(event, traceparent.clone());
    }
    outgoing.insert(conn).await
}
