//! A row of the table `parked`: a kept event.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::cloud_event::Envelope;
use crate::record::Record;
use crate::schema::parked;

/// The state of a kept event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum State {
    /// Waits for something that is not known yet, and is retried.
    Waiting,
    /// Waits for an operator.
    Parked,
    /// Waits behind an earlier event of its key.
    Following,
    /// Dropped by an operator.
    Dropped,
}

impl State {
    /// The word for the state in the table and in metrics.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = parked, check_for_backend(diesel::pg::Pg))]
pub(crate) struct ParkedRow {
    pub(crate) id: i64,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: String,
    pub(crate) headers: serde_json::Value,
    pub(crate) payload: Vec<u8>,
    pub(crate) event_id: Uuid,
    pub(crate) ce_type: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) first_seen: DateTime<Utc>,
    pub(crate) waiting_since: DateTime<Utc>,
    pub(crate) attempts: i32,
    pub(crate) next_attempt: Option<DateTime<Utc>>,
    pub(crate) dropped_by_role: Option<String>,
    pub(crate) dropped_by_id: Option<String>,
    pub(crate) dropped_at: Option<DateTime<Utc>>,
    pub(crate) drop_reason: Option<String>,
}

impl ParkedRow {
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        serde_json::from_value(self.headers.clone()).unwrap_or_default()
    }

    /// The record as it was received.
    pub(crate) fn record(&self) -> Record {
        let headers = self.headers();
        Record {
            topic: self.topic.clone(),
            partition: self.partition,
            offset: self.offset,
            key: self.key.clone(),
            envelope: Envelope::read(&headers),
            headers,
            payload: self.payload.clone(),
        }
    }

    /// The state; `None` if a newer version of this program has written it.
    pub(crate) fn state(&self) -> Option<State> {
        self.state.parse().ok()
    }
}
