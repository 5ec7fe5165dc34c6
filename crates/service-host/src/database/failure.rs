//! What went wrong in a transaction, as far as the database is concerned.

use diesel::result::{DatabaseErrorKind, Error};

/// An error that a transaction can end with.
///
/// The transaction asks it one thing: was it the database, and what did it say? Serialization failures and deadlocks are
/// tried again; everything else ends the transaction.
pub trait Failure: From<Error> + Send {
    /// The database's own error, where that is what went wrong.
    fn database(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn database(&self) -> Option<&Error> {
        Some(self)
    }
}

/// Did two transactions get in each other's way (SQLSTATE 40001 or 40P01), so that trying again is the cure?
pub fn is_contention(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        // Diesel has no kind for 40P01 and hides the SQLSTATE; what is left is the text, which is English where the
        // server's `lc_messages` is C or en (an ordinary login may not choose it). Elsewhere a deadlock isn't retried.
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            information.message() == "deadlock detected"
        }
        _ => false,
    }
}

/// Was the database not reached, or lost on the way?
pub(crate) fn is_away(error: &Error) -> bool {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
            _,
        )
        | Error::BrokenTransactionManager => true,
        // 57P01..57P03 have no kind either: the server is shutting down or starting up.
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            let message = information.message();
            message.starts_with("terminating connection") || message.starts_with("the database system is")
        }
        _ => false,
    }
}

/// Did a statement take longer than it may, or wait too long for a lock?
pub(crate) fn is_timeout(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            let message = information.message();
            message.starts_with("canceling statement due to")
        }
        _ => false,
    }
}

/// Was the database handed a character that it can't keep: U+0000, which protobuf's texts may hold and PostgreSQL's can't?
pub(crate) fn is_nul(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            let message = information.message();
            message.starts_with("invalid byte sequence for encoding \"UTF8\": 0x00")
                || message.starts_with("unsupported Unicode escape sequence")
        }
        _ => false,
    }
}

/// The error of a connection that could not be had.
pub(super) fn away(reason: impl std::fmt::Display) -> Error {
    Error::DatabaseError(
        DatabaseErrorKind::UnableToSendCommand,
        Box::new(reason.to_string()),
    )
}
