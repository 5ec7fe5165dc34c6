//! A kept event as the database holds it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::consumer::Record;
use crate::schema::parked;

/// Where a kept event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// For something that isn't known yet.
    Waiting,
    /// Until an operator decides.
    Parked,
    /// Behind an earlier event of its key.
    Following,
    /// Given up by an operator.
    Dropped,
}

impl State {
    pub(crate) const ALL: [Self; 4] = [Self::Waiting, Self::Parked, Self::Following, Self::Dropped];

    /// As the table spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Following => "following",
            Self::Dropped => "dropped",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
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
    pub(crate) dropped_by_role: Option<i32>,
    pub(crate) dropped_by: Option<String>,
    pub(crate) dropped_at: Option<DateTime<Utc>>,
    pub(crate) drop_reason: Option<String>,
}

impl ParkedRow {
    /// Name and value of each header.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        serde_json::from_value(self.headers.clone()).unwrap_or_default()
    }

    /// The record as it came.
    pub(crate) fn record(&self) -> Record {
        Record {
            topic: self.topic.clone(),
            partition: self.partition,
            offset: self.offset,
            key: self.key.clone(),
            headers: self.headers(),
            payload: self.payload.clone(),
        }
    }
}
