//! Saving a change of state together with its events: the only way into the outbox.

use diesel_async::AsyncPgConnection;

use super::events::Events;

/// A change of state together with the events that announce it.
///
/// A service's store implements this trait for each kind of change that it saves. State and events
/// cannot be saved apart: [`save`] needs both, and nothing else writes to the outbox.
pub trait Change: Sync {
    /// What only the write finds out and the events or the caller need, such as a generated number,
    /// a new balance, or whether a row was new. Usually `()`.
    type Written: Send;
    /// The service's error.
    type Error: From<diesel::result::Error> + Send;

    /// Writes the new state. The aggregate's row must be locked before, or written here: that lock
    /// keeps the events of one key in order.
    fn write(
        &self,
        conn: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Self::Written, Self::Error>> + Send;

    /// Converts the change to its events, in the order in which consumers process them. Does no
    /// input or output.
    ///
    /// # Errors
    /// If the state cannot be expressed as an event. The transaction fails.
    fn events(&self, written: &Self::Written) -> Result<Events, Self::Error>;
}

/// Writes a change and its events in the transaction on `conn`.
///
/// # Errors
/// If writing or converting fails, if an event breaks the rules of its contract, or if it has more
/// than 900 000 bytes.
pub async fn save<C: Change>(conn: &mut AsyncPgConnection, change: &C) -> Result<C::Written, C::Error> {
    let written = change.write(conn).await?;
    change.events(&written)?.insert(conn).await?;
    Ok(written)
}

/// A [`Change`] for a hot path: its statements and that of the outbox are sent without waiting for
/// each other, which saves a round trip to the database.
pub trait PipelinedChange: Sync {
    /// The service's error.
    type Error: From<diesel::result::Error> + Send;

    /// Writes the new state. Existing aggregates must be locked before, because their events could
    /// be numbered out of order otherwise.
    fn write(&self, conn: &AsyncPgConnection) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// As [`Change::events`].
    ///
    /// # Errors
    /// As [`Change::events`].
    fn events(&self) -> Result<Events, Self::Error>;
}

/// Writes a change and its events at the same time, in the transaction on `conn`.
///
/// # Errors
/// As [`save`].
pub async fn save_pipelined<C: PipelinedChange>(
    conn: &AsyncPgConnection,
    change: &C,
) -> Result<(), C::Error> {
    let events = change.events()?;
    let publish = async { Ok(events.insert(conn).await?) };
    // In this order, because a failed statement makes those behind it fail as well: the first error
    // tells why.
    tokio::try_join!(biased; change.write(conn), publish)?;
    Ok(())
}
