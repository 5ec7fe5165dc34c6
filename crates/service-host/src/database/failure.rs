//! Classifies database errors. By SQLSTATE, since messages are in the language of the server.

use diesel::result::{DatabaseErrorKind, Error};

use super::sqlstate::sqlstate;

/// An error that a transaction can end with.
///
/// A transaction retries if the error is a serialization failure or a deadlock of the database.
/// Every other error ends it.
pub trait Failure: From<Error> + Send {
    /// The database's own error, if the database caused this one.
    fn database(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn database(&self) -> Option<&Error> {
        Some(self)
    }
}

/// Whether concurrent transactions were in conflict, so that a retry may succeed.
pub fn is_contention(error: &Error) -> bool {
    // serialization_failure, deadlock_detected
    matches!(sqlstate(error), Some("40001" | "40P01"))
}

/// Whether the database could not be reached, or the connection was lost.
pub fn is_away(error: &Error) -> bool {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
            _,
        )
        | Error::BrokenTransactionManager => true,
        _ => matches!(
            sqlstate(error),
            // idle_in_transaction_session_timeout, admin_shutdown, crash_shutdown,
            // cannot_connect_now, database_dropped, idle_session_timeout
            Some("25P03" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05")
        ),
    }
}

/// Whether a statement was cancelled, because it took too long or because someone asked for it.
pub fn is_cancelled(error: &Error) -> bool {
    // query_canceled
    sqlstate(error) == Some("57014")
}

/// Whether a statement waited too long for a lock.
pub fn is_lock_timeout(error: &Error) -> bool {
    // lock_not_available
    sqlstate(error) == Some("55P03")
}

/// Whether the server lacks disk space, memory or connections, or cannot read or write its disk.
pub fn is_out_of_resources(error: &Error) -> bool {
    // disk_full, out_of_memory, too_many_connections, io_error
    matches!(sqlstate(error), Some("53100" | "53200" | "53300" | "58030"))
}

/// Whether a text contained U+0000, which protobuf allows and PostgreSQL does not.
pub(crate) fn is_nul(error: &Error) -> bool {
    // character_not_in_repertoire (text), untranslatable_character (jsonb)
    matches!(sqlstate(error), Some("22021" | "22P05"))
}

/// The error for a connection that could not be obtained.
pub(super) fn away(reason: impl std::fmt::Display) -> Error {
    Error::DatabaseError(
        DatabaseErrorKind::UnableToSendCommand,
        Box::new(reason.to_string()),
    )
}
