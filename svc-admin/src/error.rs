//! What can go wrong here, and how callers hear of it.

use service_host::{Refusal, database};
use uuid::Uuid;

use crate::domain::{Invalid, Kind, case, entry};

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field says something impossible.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such entry, or no such version of it.
    #[error("there is no {kind} {id}", kind = .0.name(), id = .1)]
    NoEntry(Kind, Uuid),
    /// Another entry in use has what only one may have.
    #[error("another {} in use has this address", .0.name())]
    Taken(Kind),
    /// The entry can't be changed so.
    #[error(transparent)]
    Entry(#[from] entry::Refused),
    /// Something that a new entry refers to isn't there or is archived.
    #[error("{field}: there is no {} {id} in use", .kind.name())]
    UnknownReference {
        /// The field that refers to it.
        field: String,
        /// What it should be.
        kind: Kind,
        /// What it says.
        id: Uuid,
    },
    /// Nobody could manage managers any more.
    #[error("the last root manager must stay; make another one first")]
    LastRoot,
    /// The address belongs to somebody who may not manage managers.
    #[error("manager {0} has this address and is not root; another root manager can change that")]
    NotRoot(Uuid),
    /// It would be too large an event.
    #[error("the {} would be more than 900 kB; make it smaller, or several of it", .0.name())]
    TooLarge(Kind),
    /// There is no such case.
    #[error("there is no case {0}")]
    NoCase(Uuid),
    /// The case can't be changed so.
    #[error(transparent)]
    Case(#[from] case::Refused),
    /// No completed order waits for review.
    #[error("there is no completed order that was not reviewed yet")]
    NothingToDraw,
    /// The order isn't completed, or has a case already.
    #[error("order {0} is not completed, or was reviewed already")]
    NotReviewable(Uuid),
    /// There is no such hypothesis.
    #[error("there is no hypothesis {0}")]
    NoHypothesis(Uuid),
    /// A stored body can't be read or written.
    #[error("the stored {} {id}", .kind.name())]
    Stored {
        /// Of what kind.
        kind: Kind,
        /// Which.
        id: Uuid,
        /// Why.
        source: serde_json::Error,
    },
    /// A stored form can't be read or written.
    #[error("the stored form of case {id}")]
    StoredForm {
        /// Of which case.
        id: Uuid,
        /// Why.
        source: serde_json::Error,
    },
    /// A stored row says what no program of ours writes.
    #[error("the stored {what} {id} says {says:?}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// Which.
        id: Uuid,
        /// What it says.
        says: String,
    },
    /// The database.
    #[error("the database")]
    Database(#[from] diesel::result::Error),
    /// Refused by a layer below.
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
            Error::Stored { .. } | Error::StoredForm { .. } | Error::Corrupt { .. } => Self::internal(error),
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
