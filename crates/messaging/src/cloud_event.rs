//! The wire format: CloudEvents 1.0, Kafka protocol binding, binary mode.

use chrono::{DateTime, SecondsFormat, Utc};
use rdkafka::message::{Header, OwnedHeaders};
use uuid::Uuid;

use crate::outbox::OutboxRow;

const CONTENT_TYPE: &str = "application/protobuf";

/// The source of the events that `service` publishes.
pub(crate) fn source(service: &str) -> String {
    format!("/artel/{service}")
}

/// The headers of an event from `source`.
pub(crate) fn headers(row: &OutboxRow, source: &str) -> OwnedHeaders {
    let mut id = Uuid::encode_buffer();
    let id = &*row.ce_id.as_hyphenated().encode_lower(&mut id);
    let time = row.ce_time.to_rfc3339_opts(SecondsFormat::Micros, true);
    let always = [
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_type", &row.ce_type),
        ("ce_source", source),
        ("ce_time", &time),
        ("ce_subject", &row.key),
        ("content-type", CONTENT_TYPE),
    ];
    let traced = row.traceparent.as_deref().map(|value| ("traceparent", value));
    always
        .into_iter()
        .chain(traced)
        .fold(OwnedHeaders::new_with_capacity(8), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        })
}

/// The attributes of an event that every record carries in its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: Uuid,
    pub(crate) source: String,
    pub(crate) time: DateTime<Utc>,
}

impl Envelope {
    /// Reads the attributes. The error names the header that is missing or invalid.
    pub(crate) fn read(headers: &[(String, String)]) -> Result<Self, String> {
        let version = required(headers, "ce_specversion")?;
        if version != "1.0" {
            return Err(format!("header ce_specversion is {version:?}, not 1.0"));
        }
        let id = required(headers, "ce_id")?;
        let id = Uuid::try_parse(id).map_err(|_| format!("header ce_id is {id:?}, not a UUID"))?;
        let time = required(headers, "ce_time")?;
        let time = DateTime::parse_from_rfc3339(time)
            .map_err(|_| format!("header ce_time is {time:?}, not a time"))?
            .to_utc();
        required(headers, "ce_type")?;
        Ok(Self {
            id,
            source: required(headers, "ce_source")?.to_owned(),
            time,
        })
    }
}

/// The value of a header, if the record has it.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn required<'a>(headers: &'a [(String, String)], name: &str) -> Result<&'a str, String> {
    header(headers, name).ok_or_else(|| format!("header {name} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Vec<(String, String)> {
        [
            ("ce_specversion", "1.0"),
            ("ce_id", "0190b1c2-0000-7000-8000-000000000001"),
            ("ce_type", "artel.orders.v1.OrderPlaced"),
            ("ce_source", "/artel/orders"),
            ("ce_time", "2026-11-23T02:00:00.5Z"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
    }

    #[test]
    fn an_envelope_needs_each_of_its_headers() {
        assert!(Envelope::read(&complete()).is_ok());
        for missing in 0..complete().len() {
            let mut headers = complete();
            let (name, _) = headers.remove(missing);
            assert_eq!(
                Envelope::read(&headers).unwrap_err(),
                format!("header {name} is missing")
            );
        }
    }

    #[test]
    fn an_envelope_with_a_broken_header_names_it() {
        for (name, value) in [
            ("ce_id", "17"),
            ("ce_time", "yesterday"),
            ("ce_specversion", "0.3"),
        ] {
            let mut headers = complete();
            for header in &mut headers {
                if header.0 == name {
                    value.clone_into(&mut header.1);
                }
            }
            let error = Envelope::read(&headers).unwrap_err();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
