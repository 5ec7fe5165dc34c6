//! The service's errors, and how callers see them.

use service_host::{Refusal, database};
use uuid::Uuid;

use crate::domain::ids::{CaseId, EntryId, HypothesisId, OrderId};
use crate::domain::{Invalid, Kind, case, entry};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such entry, or no such version of it.
    #[error("there is no {0} {1}")]
    NoEntry(Kind, EntryId),
    /// Another entry in use has the same unique key.
    #[error("another {0} in use has this address")]
    Taken(Kind),
    #[error(transparent)]
    Entry(#[from] entry::Refused),
    /// A field refers to an entry that does not exist or is archived.
    #[error("{field}: there is no {kind} {id} in use")]
    UnknownReference { field: String, kind: Kind, id: EntryId },
    /// The change would leave no root manager in use.
    #[error("this is the last root manager; create another one first")]
    LastRoot,
    /// The address belongs to a manager who is not root.
    #[error("manager {0} has this address and is not root; ask a root manager to change that")]
    NotRoot(EntryId),
    /// The entry's event would be too large to publish.
    #[error("the event of the {0} would exceed 900 kB; shorten it or split it")]
    TooLarge(Kind),
    #[error("there is no case {0}")]
    NoCase(CaseId),
    #[error(transparent)]
    Case(#[from] case::Refused),
    #[error("no completed order is left to review")]
    NothingToDraw,
    #[error("order {0} is not completed, or has a case already")]
    NotReviewable(OrderId),
    #[error("there is no hypothesis {0}")]
    NoHypothesis(HypothesisId),
    /// A JSON column cannot be read or written.
    #[error("the stored {what} {id} is malformed")]
    Stored {
        what: &'static str,
        id: Uuid,
        source: serde_json::Error,
    },
    /// A text column holds an unknown word.
    #[error("the stored {what} {id} is unknown: {word:?}")]
    UnknownWord {
        what: &'static str,
        id: Uuid,
        word: String,
    },
    #[error("database error")]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Host(#[from] Refusal),
}

impl database::Failure for Error {
    fn database(&self) -> Option<&diesel::result::Error> {
        if let Self::Database(error) = self {
            Some(error)
        } else {
            None
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Invalid(invalid) | Error::Case(case::Refused::Invalid(invalid)) => {
                Self::invalid(invalid.field, invalid.text)
            }
            Error::NoEntry(kind, _) => Self::not_found(
                match kind {
                    Kind::ServiceType => "SERVICE_TYPE_NOT_FOUND",
                    Kind::Vacancy => "VACANCY_NOT_FOUND",
                    Kind::Test => "TEST_NOT_FOUND",
                    Kind::TestSet => "TEST_SET_NOT_FOUND",
                    Kind::Manager => "MANAGER_NOT_FOUND",
                },
                text,
            ),
            Error::Taken(_) => Self::already_exists("ADDRESS_TAKEN", text),
            Error::Entry(entry::Refused::VersionMismatch { .. }) => {
                Self::precondition("VERSION_MISMATCH", text)
            }
            Error::Entry(entry::Refused::Archived) => Self::precondition("ENTRY_ARCHIVED", text),
            Error::UnknownReference { ref field, .. } => Self::invalid(field.clone(), text),
            Error::LastRoot => Self::precondition("LAST_ROOT", text),
            Error::NotRoot(_) => Self::precondition("MANAGER_NOT_ROOT", text),
            Error::TooLarge(_) => Self::precondition("ENTRY_TOO_LARGE", text),
            Error::NoCase(_) => Self::not_found("CASE_NOT_FOUND", text),
            Error::Case(case::Refused::Closed) => Self::precondition("CASE_CLOSED", text),
            Error::NothingToDraw => Self::precondition("NOTHING_TO_DRAW", text),
            Error::NotReviewable(_) => Self::precondition("ORDER_NOT_REVIEWABLE", text),
            Error::NoHypothesis(_) => Self::not_found("HYPOTHESIS_NOT_FOUND", text),
            Error::Stored { .. } | Error::UnknownWord { .. } => Self::internal(error),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}
