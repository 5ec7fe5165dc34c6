//! Publishing as another service does.

use conventions::Event;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use messaging::{Change, Events};

/// A change of another service, reduced to its events: tests have no state of that service.
struct Elsewhere<'a, E>(&'a [E]);

impl<E: Event> Change for Elsewhere<'_, E> {
    type Written = ();
    type Error = diesel::result::Error;

    async fn write(&self, _: &mut AsyncPgConnection) -> QueryResult<()> {
        Ok(())
    }

    fn events(&self, (): &()) -> QueryResult<Events> {
        Ok(self.0.iter().collect())
    }
}

/// Writes an event to the outbox of the service that a test simulates.
pub async fn publish<E: Event>(conn: &mut AsyncPgConnection, event: &E) -> QueryResult<()> {
    publish_all(conn, std::slice::from_ref(event)).await
}

/// Writes events to the outbox of the service that a test simulates, in the order given.
pub async fn publish_all<E: Event>(conn: &mut AsyncPgConnection, events: &[E]) -> QueryResult<()> {
    messaging::save(conn, &Elsewhere(events)).await
}
