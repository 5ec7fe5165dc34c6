//! What a service implements to listen to an event.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use conventions::Event;
use conventions::wire::InvalidField;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

/// An event as a listener receives it: decoded and valid by the rules of its contract.
#[derive(Debug, Clone)]
pub struct Received<M> {
    /// The event's id, the same at every delivery.
    pub id: Uuid,
    /// When the event was published.
    pub time: DateTime<Utc>,
    /// The publisher: `/artel/orders`.
    pub source: String,
    /// The record's key.
    pub key: String,
    /// The decoded event; its `buf.validate` rules hold.
    pub message: M,
}

/// A listener for one type of event.
pub trait On<M: Event>: Send + Sync + 'static {
    /// Processes one event in the transaction that also records the event's id, so that the effect
    /// happens exactly once.
    ///
    /// The transaction may contain the effects of other events, and may be rolled back and run
    /// again: write only through `conn`. Publishing is allowed. For an e-mail, a payment or a file,
    /// write a row that a job works off later.
    fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<M>,
    ) -> impl Future<Output = Result<(), Stop>> + Send;
}

/// Why a listener does not process an event.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The event needs something that is not known here yet. The event waits, and later events of
    /// its key wait behind it. It is retried after any commit of this service and by timer, until
    /// the limit [`KafkaOptions::waiting_limit`](crate::KafkaOptions::waiting_limit).
    #[error("waits for {0}")]
    NotYet(String),
    /// The event can never be processed. It is parked, and later events of its key follow behind
    /// it.
    #[error("refused: {0}")]
    Refused(String),
    /// The database failed. Transient errors (connection, contention) are retried without limit.
    /// After five attempts with any other error the event is parked.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
}

impl Stop {
    /// The event waits for `what`: `Stop::not_yet(format!("client {id}"))`.
    pub fn not_yet(what: impl Into<String>) -> Self {
        Self::NotYet(what.into())
    }

    /// The event is parked with this reason, which operators read.
    pub fn refused(why: impl std::fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }
}

impl From<InvalidField> for Stop {
    fn from(error: InvalidField) -> Self {
        Self::refused(error)
    }
}

/// The id in an event's field: `messaging::id::<OrderId>("order_id", &event.order_id)?`.
///
/// # Errors
/// [`Stop::Refused`] if the text is not a UUID.
pub fn id<I: FromStr>(field: &str, text: &str) -> Result<I, Stop> {
    text.parse()
        .map_err(|_| Stop::refused(format!("{field} is not a UUID: {text:?}")))
}

/// The value of an event's field that must be there.
///
/// # Errors
/// [`Stop::Refused`] if it is missing.
pub fn required<T>(field: &str, value: Option<T>) -> Result<T, Stop> {
    value.ok_or_else(|| Stop::refused(format!("{field} is missing or malformed")))
}
