//! Decides what follows from a failure: wait, retry, or keep the event.

use diesel::result::{DatabaseErrorKind, Error};
use service_host::database;

use super::listener::Stop;
use crate::parking::State;
use crate::record::storable_text;

/// How often an event is tried whose database error is not transient.
const TRIES: u32 = 5;

/// How often an event is tried whose statement exceeds the statement timeout: about a quarter of an
/// hour with the pauses in between. If the database is slow for that long, other alarms fire. An
/// event whose own statement is slow must not block the events behind it forever.
const TRIES_OF_SLOW: u32 = 20;

/// Longest reason in characters that is stored.
const MAX_REASON: usize = 2_000;

/// Why an event's effect did not happen.
#[derive(Debug)]
pub(super) enum Cause {
    Stop(Stop),
    /// The listener panicked with this message.
    Panic(String),
}

/// Why a transaction over some arrivals failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// A statement of this crate failed. No event is to blame.
    Own(Error),
    /// The transaction could not be begun or committed. A commit may fail because of an event:
    /// deferred constraints.
    Commit(Error),
    /// The effect of the arrival with this index failed.
    Event { index: usize, cause: Cause },
}

/// What to do after a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Retry without limit: the error is transient.
    Later,
    /// Retry a few times.
    Again,
    /// Keep the event in this state, for this reason.
    Keep(State, String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Commit(error)
    }
}

impl database::Failure for Failed {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Own(error)
            | Self::Commit(error)
            | Self::Event {
                cause: Cause::Stop(Stop::Database(error)),
                ..
            } => Some(error),
            Self::Event { .. } => None,
        }
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own(error) | Self::Commit(error) => write!(formatter, "database: {error}"),
            Self::Event { cause, .. } => match cause {
                Cause::Stop(stop) => write!(formatter, "{stop}"),
                Cause::Panic(message) => write!(formatter, "the listener panicked: {message}"),
            },
        }
    }
}

impl Failed {
    /// Judges the failure of a single event that has failed `tries` times in a row, including this
    /// time.
    pub(super) fn verdict(&self, tries: u32) -> Verdict {
        let keep = |state, reason: &str| {
            let reason = storable_text(reason.as_bytes());
            Verdict::Keep(state, reason.chars().take(MAX_REASON).collect())
        };
        let error = match self {
            Self::Own(_) => return Verdict::Later,
            Self::Event { cause, .. } => match cause {
                Cause::Stop(Stop::NotYet(what)) => return keep(State::Waiting, what),
                Cause::Stop(Stop::Refused(why)) => return keep(State::Parked, why),
                Cause::Panic(_) => return keep(State::Parked, &self.to_string()),
                Cause::Stop(Stop::Database(error)) => error,
            },
            Self::Commit(error) => error,
        };
        if is_transient(error) {
            return Verdict::Later;
        }
        let max_tries = if database::is_cancelled(error) {
            TRIES_OF_SLOW
        } else {
            TRIES
        };
        if tries < max_tries {
            Verdict::Again
        } else {
            keep(
                State::Parked,
                &format!("still failing after {tries} tries: {self}"),
            )
        }
    }
}

/// Whether an error is independent of the event, so that a later attempt can succeed.
fn is_transient(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
    ) || database::is_contention(error)
        || database::is_away(error)
        || database::is_lock_timeout(error)
        || database::is_out_of_resources(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> Failed {
        let error = Error::DatabaseError(kind, Box::new(message.to_owned()));
        Failed::Event {
            index: 0,
            cause: Cause::Stop(Stop::Database(error)),
        }
    }

    #[test]
    fn transient_errors_are_retried_without_limit() {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, Unknown};
        for failed in [
            database(ClosedConnection, "gone"),
            database(SerializationFailure, "40001: could not serialize access"),
            database(Unknown, "40P01: обнаружена взаимоблокировка"),
            database(Unknown, "57P01: terminating connection"),
            database(Unknown, "55P03: canceling statement due to lock timeout"),
            database(Unknown, "53300: sorry, too many clients already"),
        ] {
            assert_eq!(failed.verdict(1_000), Verdict::Later, "{failed}");
        }
    }

    #[test]
    fn an_event_whose_statement_always_times_out_is_parked_after_twenty_tries() {
        let slow = "57014: canceling statement due to statement timeout";
        let failed = database(DatabaseErrorKind::Unknown, slow);
        assert_eq!(failed.verdict(TRIES_OF_SLOW - 1), Verdict::Again);
        assert!(
            matches!(failed.verdict(TRIES_OF_SLOW), Verdict::Keep(State::Parked, reason) if reason.contains(slow))
        );
    }

    #[test]
    fn a_violated_constraint_is_tried_five_times_and_then_parked() {
        let failed = database(DatabaseErrorKind::UniqueViolation, "duplicate key");
        assert_eq!(failed.verdict(4), Verdict::Again);
        assert!(
            matches!(failed.verdict(5), Verdict::Keep(State::Parked, reason) if reason.contains("duplicate key"))
        );
    }

    #[test]
    fn a_reason_is_shortened_and_contains_no_nul() {
        let failed = Failed::Event {
            index: 0,
            cause: Cause::Stop(Stop::refused(format!("nul \0 {}", "x".repeat(10_000)))),
        };
        let Verdict::Keep(State::Parked, reason) = failed.verdict(1) else {
            panic!("a refusal parks");
        };
        assert!(!reason.contains('\0') && reason.chars().count() == MAX_REASON);
    }
}
