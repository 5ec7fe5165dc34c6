//! What a failure means: wait, try again, or keep the event.

use diesel::result::{DatabaseErrorKind, Error};
use service_host::database;

use super::arrival::text;
use super::batch::Cause;
use super::listener::Stop;
use crate::parking::State;

/// How often an error of the database that does not pass by itself is tried.
const TRIES: u32 = 5;

/// How often a statement that exceeds the statement timeout is tried: about a quarter of an hour with
/// the pauses in between. If the database is slow for that long, other alarms fire. An event whose own
/// statement is slow must not block the events behind it forever.
const TRIES_OF_SLOW: u32 = 20;

/// Longest reason that is kept.
const LONGEST_REASON: usize = 2_000;

/// Why a transaction over some arrivals did not happen.
#[derive(Debug)]
pub(crate) enum Failed {
    /// This crate's own statements failed: nothing that an event could be blamed for.
    Own(Error),
    /// The transaction could not be begun or committed. The latter may be the event's fault: deferred constraints.
    Commit(Error),
    /// The effect of one of them, by its place.
    Event { at: usize, cause: Cause },
}

/// What to do about a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passes by itself: wait, however long it takes.
    Later,
    /// It may pass: try again a few times.
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
                Cause::Panicked(said) => write!(formatter, "the listener panicked: {said}"),
            },
        }
    }
}

impl Failed {
    /// Judges the failure of a single event that has failed `tries` times in a row, this time included.
    pub(crate) fn verdict(&self, tries: u32) -> Verdict {
        match self {
            Self::Own(_) => Verdict::Later,
            Self::Event {
                cause: Cause::Stop(Stop::NotYet(what)),
                ..
            } => Verdict::Keep(State::Waiting, bounded(what)),
            Self::Event {
                cause: Cause::Stop(Stop::Refused(why)),
                ..
            } => Verdict::Keep(State::Parked, bounded(why)),
            Self::Event {
                cause: Cause::Panicked(_),
                ..
            } => Verdict::Keep(State::Parked, bounded(&self.to_string())),
            Self::Commit(error)
            | Self::Event {
                cause: Cause::Stop(Stop::Database(error)),
                ..
            } => {
                let most = if database::is_cancelled(error) {
                    TRIES_OF_SLOW
                } else if is_transient(error) {
                    return Verdict::Later;
                } else {
                    TRIES
                };
                if tries < most {
                    Verdict::Again
                } else {
                    Verdict::Keep(
                        State::Parked,
                        bounded(&format!("still failing after {tries} tries: {self}")),
                    )
                }
            }
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

fn bounded(reason: &str) -> String {
    text(reason.as_bytes()).chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> Failed {
        let error = Error::DatabaseError(kind, Box::new(message.to_owned()));
        Failed::Event {
            at: 0,
            cause: Cause::Stop(Stop::Database(error)),
        }
    }

    #[test]
    fn trouble_with_the_connection_is_waited_for_however_long() {
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
    fn an_event_whose_statement_always_takes_too_long_is_parked_in_the_end() {
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
    fn a_reason_is_text_that_the_database_takes() {
        let failed = Failed::Event {
            at: 0,
            cause: Cause::Stop(Stop::refused(format!("nul \0 {}", "x".repeat(10_000)))),
        };
        let Verdict::Keep(State::Parked, reason) = failed.verdict(1) else {
            panic!("a refusal parks");
        };
        assert!(!reason.contains('\0') && reason.chars().count() == LONGEST_REASON);
    }
}
