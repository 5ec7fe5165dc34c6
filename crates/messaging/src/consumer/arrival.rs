//! A record as it came, and what is to be done with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers as _, Message as _};
use uuid::Uuid;

use super::listener::{Effect, Routes};
use crate::cloud_event::{self, Envelope};

/// Longest key that is kept as it is: PostgreSQL indexes it, and refuses entries of more than a third of a page.
const LONGEST_KEY: usize = 500;

/// A Kafka record in a form that PostgreSQL can keep, whatever bytes a stranger sent.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// With the deployment's prefix.
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Vec<u8>,
}

impl Record {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map_or_else(Vec::new, readable);
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: key(message.key().unwrap_or_default()),
            headers,
            payload: message.payload().unwrap_or_default().to_vec(),
        }
    }

    /// An id for a record that has none of its own: the same at every delivery.
    fn made_up_id(&self) -> Uuid {
        let place = format!("{}/{}/{}", self.topic, self.partition, self.offset);
        Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes())
    }
}

/// A record with its plan.
pub(crate) struct Arrival {
    pub(crate) record: Record,
    pub(crate) event_id: Uuid,
    /// Empty where the record does not say.
    pub(crate) event_type: String,
    pub(crate) plan: Plan,
}

/// What is to be done with a record.
pub(crate) enum Plan {
    /// Nobody here listens to this type.
    Skip,
    /// It can't be read; the text says why.
    Malformed(String),
    /// Each listener in turn.
    Apply(Vec<Box<dyn Effect>>),
}

impl Arrival {
    pub(crate) fn of(record: Record, routes: &Routes) -> Self {
        let kind = cloud_event::header(&record.headers, "ce_type")
            .unwrap_or_default()
            .to_owned();
        match Envelope::read(&record.headers) {
            Ok(envelope) => Self {
                event_id: envelope.id,
                plan: routes.plan(&record, &envelope),
                event_type: kind,
                record,
            },
            Err(reason) => Self {
                event_id: record.made_up_id(),
                plan: Plan::Malformed(reason),
                event_type: kind,
                record,
            },
        }
    }

    pub(crate) fn traceparent(&self) -> Option<&str> {
        cloud_event::header(&self.record.headers, "traceparent")
    }
}

/// Headers whose names can be read. The client library panics on one that is not UTF-8, and whoever can write to the topic
/// could stop the consumer with it.
fn readable(headers: &BorrowedHeaders) -> Vec<(String, String)> {
    (0..headers.count())
        .filter_map(|at| {
            catch_unwind(AssertUnwindSafe(|| headers.try_get(at)))
                .ok()
                .flatten()
        })
        .map(|header| {
            (
                text(header.key.as_bytes()),
                text(header.value.unwrap_or_default()),
            )
        })
        .collect()
}

/// Any bytes as text that PostgreSQL takes: UTF-8 without NUL.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

/// A key that keeps different keys different, and fits an index.
fn key(bytes: &[u8]) -> String {
    let key = text(bytes);
    if bytes.len() <= LONGEST_KEY && key.as_bytes() == bytes {
        return key;
    }
    let start: String = key.chars().take(80).collect();
    format!("{start}…{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_key_stays_itself_and_fits_an_index() {
        assert_eq!(key(b"order-1"), "order-1");
        let long = vec![b'x'; 100_000];
        let longer = vec![b'x'; 100_001];
        assert!(key(&long).len() < LONGEST_KEY);
        assert_ne!(key(&long), key(&longer));
        assert_ne!(key(b"\xff"), key(b"\xfe"));
        assert!(!key(b"a\0b").contains('\0'));
    }
}
