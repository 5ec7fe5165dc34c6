//! Saving a change of state together with its events: the only way into the outbox.

use diesel_async::AsyncPgConnection;

use super::events::Events;

/// A change of state together with the events that announce it.
///
/// A service's store implements this trait for each kind of change that it saves. State and events
/// cannot be saved apart: [`save`] needs both, and nothing else writes to the outbox.
pub trait Change: Sync {
    /// Facts that exist only after the write and that the events need, such as a generated number or a new
    /// balance. `()` where the change carries everything itself.
    type Written: Send;
    /// The service's error.
    type Error: From<diesel::result::Error> + Send;

    /// Writes the new state. The aggregate's row must be locked or written here before any event of it is
    /// published: that lock keeps the events of one key in order.
    fn write(
        &self,
        conn: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Self::Written, Self::Error>> + Send;

    /// Converts the change to its events. Does no input or output.
    ///
    /// # Errors
    /// State that cannot be expressed as an event; the transaction fails.
    fn events(&self, written: &Self::Written) -> Result<Events, Self::Error>;
}

/// Writes a change and its events. Both are committed or rolled back with the transaction on `conn`.
///
/// # Errors
/// The change's own, the database's, an event that breaks its contract's rules, and an event of more
/// than 900 000 bytes.
pub async fn save<C: Change>(conn: &mut AsyncPgConnection, change: &C) -> Result<C::Written, C::Error> {
    let written = change.write(conn).await?;
    change.events(&written)?.insert(conn).await?;
    Ok(written)
}

/// A [`Change`] for a hot path: its statements and the outbox's are sent without waiting for each other,
/// which saves a round trip to the database.
pub trait PipelinedChange: Sync {
    /// The service's error.
    type Error: From<diesel::result::Error> + Send;

    /// Writes the new state. The rows must be new: an existing aggregate has to be locked before, or its events
    /// could be numbered out of order.
    fn write(&self, conn: &AsyncPgConnection) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Converts the change to its events. Does no input or output.
    ///
    /// # Errors
    /// State that cannot be expressed as an event; the transaction fails.
    fn events(&self) -> Result<Events, Self::Error>;
}

/// Writes a change and its events at the same time. See [`save`].
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
