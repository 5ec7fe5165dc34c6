//! Encoded events on their way into the outbox.

use chrono::{DateTime, Utc};
use conventions::Event;
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::Error::QueryBuilderError;
use diesel::sql_types::{Array, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use service_host::{fail_point, telemetry};
use uuid::Uuid;

/// Largest payload in bytes. Brokers accept records of about one megabyte, including headers and
/// key.
const MAX_PAYLOAD: usize = 900_000;

/// The events of one change, in the order in which consumers process those of one key.
///
/// An event that breaks the rules of its contract, or is larger than 900 000 bytes, makes the save
/// fail: every consumer would park it, together with all later events of its key.
#[derive(Debug, Default)]
pub struct Events {
    topics: Vec<&'static str>,
    types: Vec<&'static str>,
    keys: Vec<String>,
    ids: Vec<Uuid>,
    traceparents: Vec<Option<String>>,
    payloads: Vec<Vec<u8>>,
    /// Why one of the events cannot be published.
    invalid: Option<String>,
}

impl Events {
    /// No event: the change concerns no other service.
    pub fn none() -> Self {
        Self::default()
    }

    /// One event. The current span becomes the parent of its consumers' spans.
    pub fn of<E: Event>(event: &E) -> Self {
        let mut events = Self::none();
        events.push(event);
        events
    }

    /// Adds an event. The current span becomes the parent of its consumers' spans.
    pub fn push<E: Event>(&mut self, event: &E) {
        self.push_traced(event, telemetry::trace_context());
    }

    /// Adds an event whose consumers continue the trace `traceparent`. For a transaction that
    /// writes the changes of several callers.
    pub fn push_traced<E: Event>(&mut self, event: &E, traceparent: Option<String>) {
        if let Err(error) = event.validate() {
            let reason = format!("{} breaks its own contract: {error}", E::TYPE);
            self.invalid.get_or_insert(reason);
        }
        let payload = event.encode_to_vec();
        if payload.len() > MAX_PAYLOAD {
            let reason = format!("{} of {} bytes is too large to publish", E::TYPE, payload.len());
            self.invalid.get_or_insert(reason);
        }
        self.topics.push(E::TOPIC);
        self.types.push(E::TYPE);
        self.keys.push(event.key().to_owned());
        self.ids.push(Uuid::now_v7());
        self.traceparents.push(traceparent);
        self.payloads.push(payload);
    }

    /// Writes the events to the outbox with one statement.
    pub(super) async fn insert(self, mut conn: &AsyncPgConnection) -> QueryResult<()> {
        if let Some(reason) = self.invalid {
            return Err(QueryBuilderError(reason.into()));
        }
        if !self.ids.is_empty() {
            let time = Utc::now();
            Insert { events: self, time }.execute(&mut conn).await?;
            fail_point::reach("outbox::written");
        }
        Ok(())
    }
}

impl<'a, E: Event> FromIterator<&'a E> for Events {
    fn from_iter<I: IntoIterator<Item = &'a E>>(all: I) -> Self {
        let mut events = Self::none();
        for event in all {
            events.push(event);
        }
        events
    }
}

/// An insert whose text is the same for any number of rows, so that it is prepared once per
/// connection.
struct Insert {
    events: Events,
    time: DateTime<Utc>,
}

impl QueryId for Insert {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Insert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let events = &self.events;
        // PostgreSQL numbers the rows after the sort, so that the ids follow the order of the
        // arrays.
        out.push_sql(
            "INSERT INTO outbox (ce_time, topic, ce_type, traceparent, key, ce_id, payload) SELECT ",
        );
        out.push_bind_param::<Timestamptz, _>(&self.time)?;
        out.push_sql(", topic, type, traceparent, key, id, payload FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&events.topics)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&events.types)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&events.traceparents)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&events.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&events.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&events.payloads)?;
        out.push_sql(
            ") WITH ORDINALITY AS event (topic, type, traceparent, key, id, payload, place) ORDER BY place",
        );
        Ok(())
    }
}
