//! A Kafka record in a form that PostgreSQL can store, even if it is not valid text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers as _, Message as _};
use uuid::Uuid;

use crate::cloud_event::{self, Envelope};

/// Longest key in bytes that is stored unchanged. PostgreSQL indexes it and refuses index entries
/// of more than a third of a page.
const MAX_KEY: usize = 500;

/// A record with the envelope of its event.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// With the prefix of the deployment.
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Vec<u8>,
    /// The error says what is wrong with the headers.
    pub(crate) envelope: Result<Envelope, String>,
}

impl Record {
    pub(crate) fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map_or_else(Vec::new, readable_headers);
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: storable_key(message.key().unwrap_or_default()),
            envelope: Envelope::read(&headers),
            headers,
            payload: message.payload().unwrap_or_default().to_vec(),
        }
    }

    /// The id of the event. For a record without a valid one, an id derived from its offset, the
    /// same at every delivery.
    pub(crate) fn event_id(&self) -> Uuid {
        if let Ok(envelope) = &self.envelope {
            return envelope.id;
        }
        let place = format!("{}/{}/{}", self.topic, self.partition, self.offset);
        Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes())
    }

    /// The type of the event; empty if the header is missing.
    pub(crate) fn event_type(&self) -> &str {
        cloud_event::header(&self.headers, "ce_type").unwrap_or_default()
    }

    pub(crate) fn traceparent(&self) -> Option<&str> {
        cloud_event::header(&self.headers, "traceparent")
    }
}

/// The headers that can be read. The client library panics on a name that is not UTF-8; anyone who
/// may write to the topic could stop the consumer with it.
fn readable_headers(headers: &BorrowedHeaders) -> Vec<(String, String)> {
    (0..headers.count())
        .filter_map(|index| {
            catch_unwind(AssertUnwindSafe(|| headers.try_get(index)))
                .ok()
                .flatten()
        })
        .map(|header| {
            (
                storable_text(header.key.as_bytes()),
                storable_text(header.value.unwrap_or_default()),
            )
        })
        .collect()
}

/// Converts any bytes to a text that PostgreSQL accepts: UTF-8 without NUL.
pub(crate) fn storable_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

/// Converts a key to a text that fits an index. Different keys stay different.
fn storable_key(bytes: &[u8]) -> String {
    let key = storable_text(bytes);
    if bytes.len() <= MAX_KEY && key.as_bytes() == bytes {
        return key;
    }
    let start: String = key.chars().take(80).collect();
    format!("{start}…{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_fits_an_index_and_different_keys_stay_different() {
        assert_eq!(storable_key(b"order-1"), "order-1");
        let long = vec![b'x'; 100_000];
        let longer = vec![b'x'; 100_001];
        assert!(storable_key(&long).len() < MAX_KEY);
        assert_ne!(storable_key(&long), storable_key(&longer));
        assert_ne!(storable_key(b"\xff"), storable_key(b"\xfe"));
        assert!(!storable_key(b"a\0b").contains('\0'));
    }
}
