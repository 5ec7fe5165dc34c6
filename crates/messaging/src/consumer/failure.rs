//! What a failure means: wait, try again, or keep the event.

use diesel::result::{DatabaseErrorKind, Error};
use service_host::database;

use super::arrival::text;
use super::batch::Cause;
use super::listener::Stop;
use crate::parking::State;

/// How often an error of the database that does not pass by itself is tried.
const TRIES: u32 = 5;

/// How often a statement that takes too long is tried: a quarter of an hour, as the pauses go. A database that is slow for that
/// long would be an alarm of its own; an event whose own statement is slow must not keep the keys behind it for ever.
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
                let most = if takes_too_long(error) {
                    TRIES_OF_SLOW
                } else if passes(error) {
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

/// Whether a statement ran into the limit of its time: its own slowness, or the database's.
fn takes_too_long(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information)
        if information.message().starts_with("canceling statement due to statement timeout"))
}

/// Whether an error has nothing to do with what was asked.
fn passes(error: &Error) -> bool {
    /// Conditions that the driver has no kind for, by the beginning of PostgreSQL's message.
    const PASSING: [&str; 9] = [
        "deadlock detected",
        "canceling statement due to",
        "terminating connection",
        "the database system is",
        "could not extend file",
        "out of memory",
        "sorry, too many clients",
        "remaining connection slots",
        "could not serialize access",
    ];
    match error {
        Error::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            DatabaseErrorKind::Unknown => PASSING
                .iter()
                .any(|message| information.message().starts_with(message)),
            _ => false,
        },
        Error::BrokenTransactionManager => true,
        _ => false,
    }
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
        for failed in [
            database(DatabaseErrorKind::ClosedConnection, "gone"),
            database(
                DatabaseErrorKind::SerializationFailure,
                "could not serialize access",
            ),
            database(DatabaseErrorKind::Unknown, "deadlock detected"),
            database(
                DatabaseErrorKind::Unknown,
                "terminating connection due to administrator command",
            ),
        ] {
            assert_eq!(failed.verdict(1_000), Verdict::Later, "{failed}");
        }
    }

    #[test]
    fn an_event_whose_statement_always_takes_too_long_is_parked_in_the_end() {
        let slow = "canceling statement due to statement timeout";
        let failed = database(DatabaseErrorKind::Unknown, slow);
        assert_eq!(failed.verdict(TRIES_OF_SLOW - 1), Verdict::Again);
        assert!(
            matches!(failed.verdict(TRIES_OF_SLOW), Verdict::Keep(State::Parked, reason) if reason.contains(slow))
        );
        let cancelled = database(
            DatabaseErrorKind::Unknown,
            "canceling statement due to user request",
        );
        assert_eq!(cancelled.verdict(1_000), Verdict::Later);
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
