//! What a service writes to listen to an event, and how the different listeners become one table.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use conventions::Event;
use conventions::wire::InvalidField;
use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;
use uuid::Uuid;

use super::arrival::{Plan, Record};
use crate::cloud_event::Envelope;

/// An event as a listener sees it: decoded, its own rules hold.
#[derive(Debug, Clone)]
pub struct Received<M> {
    /// The event's own id, the same at every delivery.
    pub id: Uuid,
    /// When it was published.
    pub time: DateTime<Utc>,
    /// Who published it: `/artel/orders`.
    pub source: String,
    /// The record's key.
    pub key: String,
    /// What happened.
    pub message: M,
}

/// Listens to one kind of event.
pub trait On<M: Event>: Send + Sync + 'static {
    /// Takes in one event, inside the transaction that also remembers that it was taken in.
    ///
    /// That transaction may hold other events' effects and may be rolled back and run again: write nothing but through
    /// `conn`. Publishing is fine. A mail, a payment, a file is a row of work here, done by a job later.
    fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<M>,
    ) -> impl Future<Output = Result<(), Stop>> + Send;
}

/// Why a listener does not take an event in.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Something that it needs isn't known here yet. The event waits, and later ones of its key behind it; it is tried again
    /// as soon as anything else succeeds in this service, and by timer, until the limit (`KafkaOptions::waiting_limit`).
    #[error("waits for {0}")]
    NotYet(String),
    /// It can't ever be taken in as things are. The event is parked, and later ones of its key follow behind it.
    #[error("refused: {0}")]
    Refused(String),
    /// The database failed. What passes by itself (connection, contention) is waited for; the rest is tried five times and
    /// parked.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
}

impl Stop {
    /// Waits for what is named: `Stop::not_yet(format!("client {id}"))`.
    pub fn not_yet(what: impl Into<String>) -> Self {
        Self::NotYet(what.into())
    }

    /// Refuses for good, with the reason that an operator will read.
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

/// Turns a record into effects that are ready to run.
trait Listener: Send + Sync {
    fn decode(&self, record: &Record, envelope: &Envelope) -> Result<Box<dyn Effect>, String>;
}

/// One listener's work on one event.
pub(crate) trait Effect: Send + Sync {
    fn apply<'a>(&'a self, conn: &'a mut AsyncPgConnection) -> BoxFuture<'a, Result<(), Stop>>;
}

struct Typed<M, L> {
    listener: Arc<L>,
    message: std::marker::PhantomData<fn() -> M>,
}

impl<M: Event, L: On<M>> Listener for Typed<M, L> {
    fn decode(&self, record: &Record, envelope: &Envelope) -> Result<Box<dyn Effect>, String> {
        let message = M::decode(record.payload.as_slice())
            .map_err(|error| format!("the payload is not a {}: {error}", M::TYPE))?;
        message
            .validate()
            .map_err(|error| format!("the payload breaks the rules of {}: {error}", M::TYPE))?;
        let event = Received {
            id: envelope.id,
            time: envelope.time,
            source: envelope.source.clone(),
            key: record.key.clone(),
            message,
        };
        Ok(Box::new(Ready {
            listener: Arc::clone(&self.listener),
            event,
        }))
    }
}

struct Ready<M, L> {
    listener: Arc<L>,
    event: Received<M>,
}

impl<M: Event, L: On<M>> Effect for Ready<M, L> {
    fn apply<'a>(&'a self, conn: &'a mut AsyncPgConnection) -> BoxFuture<'a, Result<(), Stop>> {
        Box::pin(self.listener.on(conn, &self.event))
    }
}

/// Who listens to what.
#[derive(Default)]
pub(crate) struct Routes {
    listeners: HashMap<&'static str, Vec<Box<dyn Listener>>>,
    topics: Vec<&'static str>,
    /// The contracts of the events, see [`Event::descriptors`].
    descriptors: Vec<&'static [u8]>,
    /// The types whose key is an order's id.
    of_orders: HashSet<&'static str>,
}

impl Routes {
    pub(super) fn add<M: Event, L: On<M>>(&mut self, listener: L) {
        if M::KEY == "order_id" {
            self.of_orders.insert(M::TYPE);
        }
        self.listeners.entry(M::TYPE).or_default().push(Box::new(Typed {
            listener: Arc::new(listener),
            message: std::marker::PhantomData::<fn() -> M>,
        }));
        if !self.topics.contains(&M::TOPIC) {
            self.topics.push(M::TOPIC);
        }
        if !self.descriptors.contains(&M::descriptors()) {
            self.descriptors.push(M::descriptors());
        }
    }

    /// Without the deployment's prefix.
    pub(crate) fn topics(&self) -> &[&'static str] {
        &self.topics
    }

    pub(super) fn descriptors(&self) -> &[&'static [u8]] {
        &self.descriptors
    }

    /// The order that an event is about, if its key says so: every line of the log about an order has `order.id`.
    pub(crate) fn order_id<'a>(&self, event_type: &str, key: &'a str) -> Option<&'a str> {
        self.of_orders.contains(event_type).then_some(key)
    }

    /// What is to be done with a record. Nothing of it may fail: what can't be read is a plan, too.
    pub(super) fn plan(&self, record: &Record, envelope: &Envelope) -> Plan {
        let Some(listeners) = self.listeners.get(envelope.kind.as_str()) else {
            return Plan::Skip;
        };
        let effects: Result<Vec<_>, String> = listeners
            .iter()
            .map(|listener| listener.decode(record, envelope))
            .collect();
        effects.map_or_else(Plan::Malformed, Plan::Apply)
    }
}
