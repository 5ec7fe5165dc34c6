//! Which listeners receive which events.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use conventions::Event;
use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;

use super::arrival::{Arrival, Effect, Plan};
use super::listener::{On, Received, Stop};
use crate::cloud_event::Envelope;
use crate::record::Record;

/// Decodes a record for one listener. The error says what is wrong with the payload.
type Decode = Box<dyn Fn(&Record, &Envelope) -> Result<Box<dyn Effect>, String> + Send + Sync>;

/// The listeners of a service.
#[derive(Default)]
pub(super) struct Routes {
    /// By the type of the event.
    listeners: HashMap<&'static str, Vec<Decode>>,
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
        let listener = Arc::new(listener);
        let decode: Decode = Box::new(move |record, envelope| decode::<M, L>(&listener, record, envelope));
        self.listeners.entry(M::TYPE).or_default().push(decode);
        if !self.topics.contains(&M::TOPIC) {
            self.topics.push(M::TOPIC);
        }
        if !self.descriptors.contains(&M::descriptors()) {
            self.descriptors.push(M::descriptors());
        }
    }

    /// Without the prefix of the deployment.
    pub(super) fn topics(&self) -> &[&'static str] {
        &self.topics
    }

    pub(super) fn descriptors(&self) -> &[&'static [u8]] {
        &self.descriptors
    }

    /// The id of the order that an event is about, if that is the key of its type. Log lines about
    /// an order carry it as `order.id`.
    pub(super) fn order_id<'a>(&self, record: &'a Record) -> Option<&'a str> {
        self.of_orders
            .contains(record.event_type())
            .then_some(record.key.as_str())
    }

    /// Adds the plan to a record. Never fails: a record that cannot be decoded has a plan, too.
    pub(super) fn arrival(&self, record: Record) -> Arrival {
        let plan = match &record.envelope {
            Ok(envelope) => self.plan(&record, envelope),
            Err(reason) => Plan::Malformed(reason.clone()),
        };
        Arrival { record, plan }
    }

    fn plan(&self, record: &Record, envelope: &Envelope) -> Plan {
        let Some(listeners) = self.listeners.get(record.event_type()) else {
            return Plan::Skip;
        };
        let effects: Result<Vec<_>, String> =
            listeners.iter().map(|decode| decode(record, envelope)).collect();
        effects.map_or_else(Plan::Malformed, Plan::Apply)
    }
}

fn decode<M: Event, L: On<M>>(
    listener: &Arc<L>,
    record: &Record,
    envelope: &Envelope,
) -> Result<Box<dyn Effect>, String> {
    let message = M::decode(record.payload.as_slice())
        .map_err(|error| format!("the payload is not a {}: {error}", M::TYPE))?;
    message
        .validate()
        .map_err(|error| format!("the payload breaks the rules of {}: {error}", M::TYPE))?;
    Ok(Box::new(Decoded {
        listener: Arc::clone(listener),
        event: Received {
            id: envelope.id,
            time: envelope.time,
            source: envelope.source.clone(),
            key: record.key.clone(),
            message,
        },
    }))
}

/// An event and the listener that will process it.
struct Decoded<M, L> {
    listener: Arc<L>,
    event: Received<M>,
}

impl<M: Event, L: On<M>> Effect for Decoded<M, L> {
    fn apply<'a>(&'a self, conn: &'a mut AsyncPgConnection) -> BoxFuture<'a, Result<(), Stop>> {
        Box::pin(self.listener.on(conn, &self.event))
    }
}
