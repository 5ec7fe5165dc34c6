//! Writing events into the outbox, in the transaction that changes the state.

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

/// Brokers take records of a little more than a megabyte; headers and key need room.
const MAX_PAYLOAD: usize = 900_000;

/// Publishes an event if, and only if, the transaction on `conn` commits.
///
/// Lock or write the aggregate's row *before*: an event gets its place in the order here, so that row's lock is what
/// keeps one key's events in order. The current span becomes the parent of whatever listeners do.
///
/// # Errors
/// The database's, an event that breaks its own contract, and one of more than 900 000 bytes.
pub async fn publish<E: Event>(conn: &mut AsyncPgConnection, event: &E) -> QueryResult<()> {
    publish_all(conn, std::slice::from_ref(event)).await
}

/// Publishes several events in one statement, in the order given. See [`publish`].
///
/// # Errors
/// As [`publish`]; then none of them is published.
pub async fn publish_all<E: Event>(conn: &mut AsyncPgConnection, events: &[E]) -> QueryResult<()> {
    let traceparent = telemetry::trace_context();
    insert(conn, events.iter().map(|event| (event, traceparent.as_deref()))).await
}

/// Publishes several events in one statement, in the order given, each with the trace (`traceparent`) that becomes the
/// parent of whatever listeners do: events that one transaction writes for several callers. See [`publish`].
///
/// # Errors
/// As [`publish`]; then none of them is published.
pub async fn publish_traced<E: Event>(
    conn: &AsyncPgConnection,
    events: &[(E, Option<String>)],
) -> QueryResult<()> {
    insert(
        conn,
        events
            .iter()
            .map(|(event, traceparent)| (event, traceparent.as_deref())),
    )
    .await
}

async fn insert<'a, E: Event>(
    mut conn: &AsyncPgConnection,
    events: impl Iterator<Item = (&'a E, Option<&'a str>)>,
) -> QueryResult<()> {
    let insert = Insert::of(events)?;
    if !insert.ids.is_empty() {
        insert.execute(&mut conn).await?;
        fail_point::reach("outbox::written");
    }
    Ok(())
}

/// One statement for any number of rows, the same text each time: prepared once per connection, unlike derived inserts.
struct Insert<'a> {
    topic: &'static str,
    kind: &'static str,
    time: DateTime<Utc>,
    traceparents: Vec<Option<&'a str>>,
    keys: Vec<String>,
    ids: Vec<Uuid>,
    payloads: Vec<Vec<u8>>,
}

impl<'a> Insert<'a> {
    fn of<E: Event>(events: impl Iterator<Item = (&'a E, Option<&'a str>)>) -> QueryResult<Self> {
        let mut insert = Self {
            topic: E::TOPIC,
            kind: E::TYPE,
            time: Utc::now(),
            traceparents: Vec::new(),
            keys: Vec::new(),
            ids: Vec::new(),
            payloads: Vec::new(),
        };
        for (event, traceparent) in events {
            // Every reader would park it, and its key with it.
            if let Err(error) = event.validate() {
                return Err(unfit(format!("{} breaks its own contract: {error}", E::TYPE)));
            }
            let payload = event.encode_to_vec();
            if payload.len() > MAX_PAYLOAD {
                let size = payload.len();
                return Err(unfit(format!(
                    "{} of {size} bytes is too large to publish",
                    E::TYPE
                )));
            }
            insert.traceparents.push(traceparent);
            insert.keys.push(event.key().to_owned());
            insert.ids.push(Uuid::now_v7());
            insert.payloads.push(payload);
        }
        Ok(insert)
    }
}

/// The error of an event that can't be published: a bug of the publisher, which its transaction must not survive.
fn unfit(reason: String) -> diesel::result::Error {
    QueryBuilderError(reason.into())
}

impl QueryId for Insert<'_> {
    type QueryId = Insert<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Ids are given after the sort: rows get them in the order of the arrays.
        out.push_sql(
            "INSERT INTO outbox (topic, ce_type, ce_time, traceparent, key, ce_id, payload) SELECT ",
        );
        out.push_bind_param::<Text, _>(&self.topic)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamptz, _>(&self.time)?;
        out.push_sql(", traceparent, key, id, payload FROM unnest(");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.traceparents)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.payloads)?;
        out.push_sql(") WITH ORDINALITY AS event (traceparent, key, id, payload, place) ORDER BY place");
        Ok(())
    }
}
