//! Converts rows to wire messages.

use conventions::Actor;
pub(super) use conventions::wire::timestamp;
use operations_contract::v1 as pb;
use service_host::Refusal;
use strum::VariantArray as _;

use crate::lag::Lag;
use crate::parking::{OperateError, ParkedRow, State};

pub(super) fn event(row: &ParkedRow) -> pb::ParkedEvent {
    pb::ParkedEvent {
        id: row.id,
        state: row.state().map_or(pb::ParkedState::Unspecified, state).into(),
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
        dropped_by: row.dropped_by_role.as_deref().map(|role| {
            let by = Actor::stored(role, row.dropped_by_id.clone().unwrap_or_default());
            (&by).into()
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

/// The requested states. An empty request means all states except `Dropped`.
pub(super) fn states(requested: &[i32]) -> Vec<State> {
    let states: Vec<State> = State::VARIANTS
        .iter()
        .copied()
        .filter(|candidate| requested.contains(&state(*candidate).into()))
        .collect();
    if states.is_empty() {
        return vec![State::Waiting, State::Parked, State::Following];
    }
    states
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

impl service_host::database::Failure for OperateError {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<OperateError> for Refusal {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::NotFound => Self::not_found(
                "PARKED_NOT_FOUND",
                "no such event is kept; it may have been processed since",
            ),
            OperateError::Dropped => Self::precondition("PARKED_DROPPED", "the event was dropped"),
            OperateError::NotFirst => Self::precondition(
                "PARKED_NOT_FIRST",
                "an earlier event of its key is kept; retry that one",
            ),
            OperateError::Database(error) => error.into(),
        }
    }
}
