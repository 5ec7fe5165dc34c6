//! Rows ⇄ wire.

use conventions::types::Actor;
pub(super) use conventions::wire::timestamp;
use operations_contract::v1 as pb;
use service_host::Refusal;

use crate::lag::Lag;
use crate::parking::{NotRetried, ParkedRow, State};

pub(super) fn event(row: &ParkedRow) -> pb::ParkedEvent {
    pb::ParkedEvent {
        id: row.id,
        state: State::named(&row.state)
            .map_or(pb::ParkedState::Unspecified, state)
            .into(),
        reason: row.reason.clone(),
        topic: row.topic.clone(),
        partition: row.partition,
        offset: row.offset,
        key: row.key.clone(),
        event_id: row.event_id.to_string(),
        event_type: row.ce_type.clone(),
        first_seen_at: Some(timestamp(row.first_seen)),
        attempts: row.attempts,
        next_attempt_at: row.next_attempt.map(timestamp),
        dropped_by: row.dropped_by_role.map(|role| Actor {
            role,
            id: row.dropped_by.clone().unwrap_or_default(),
        }),
        dropped_at: row.dropped_at.map(timestamp),
        drop_reason: row.drop_reason.clone().unwrap_or_default(),
    }
}

fn state(state: State) -> pb::ParkedState {
    match state {
        State::Waiting => pb::ParkedState::Waiting,
        State::Parked => pb::ParkedState::Parked,
        State::Following => pb::ParkedState::Following,
        State::Dropped => pb::ParkedState::Dropped,
    }
}

/// The states asked for; none means all that are not dropped.
pub(super) fn states(asked: &[i32]) -> Vec<State> {
    let named: Vec<State> = State::ALL
        .into_iter()
        .filter(|candidate| asked.contains(&state(*candidate).into()))
        .collect();
    if named.is_empty() {
        return vec![State::Waiting, State::Parked, State::Following];
    }
    named
}

pub(super) fn lag(lag: &Lag) -> pb::PartitionLag {
    pb::PartitionLag {
        topic: lag.topic.clone(),
        partition: lag.partition,
        committed: lag.committed.unwrap_or(-1),
        end: lag.end,
        lag: lag.records(),
    }
}

impl service_host::database::Failure for NotRetried {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<NotRetried> for Refusal {
    fn from(error: NotRetried) -> Self {
        match error {
            NotRetried::Unknown => Self::not_found(
                "PARKED_NOT_FOUND",
                "no such event is kept, or it was taken in since",
            ),
            NotRetried::Dropped => Self::precondition("PARKED_DROPPED", "the event was dropped"),
            NotRetried::NotFirst => Self::precondition(
                "PARKED_NOT_FIRST",
                "the event stands behind an earlier one of its key; retry that one",
            ),
            NotRetried::Database(error) => error.into(),
        }
    }
}
