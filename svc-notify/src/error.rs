//! The service's error and its conversion to a gRPC status.

use messaging::Stop;
use service_host::{Refusal, database};

use crate::templates;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such delivery")]
    DeliveryNotFound,
    #[error("the delivery is {0}, not dead: only a delivery that was given up is sent again")]
    DeliveryNotDead(String),
    #[error("the feed belongs to another recipient")]
    FeedOfAnother,
    /// An event concerns a person of whom no event was received yet.
    #[error("{0} is not known yet")]
    NotKnownYet(String),
    #[error(transparent)]
    Template(#[from] templates::Error),
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    /// A column holds a word that the code does not know.
    #[error("the database holds an unknown word")]
    Corrupt(#[from] strum::ParseError),
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
        match error {
            Error::DeliveryNotFound => Self::not_found("DELIVERY_NOT_FOUND", error.to_string()),
            Error::DeliveryNotDead(_) => Self::precondition("DELIVERY_NOT_DEAD", error.to_string()),
            Error::FeedOfAnother => Self::denied("NOT_YOURS", error.to_string()),
            Error::Template(templates::Error::Missing(name)) => {
                Self::not_found("TEMPLATE_NOT_FOUND", format!("there is no template {name}"))
            }
            Error::NotKnownYet(_) => Self::internal(error),
            Error::Template(source) => Self::internal(source),
            Error::Database(source) => source.into(),
            Error::Corrupt(source) => Self::internal(source),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

/// An event about a person who is not known yet waits. Other events are parked.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => Self::Database(source),
            Error::NotKnownYet(what) => Self::not_yet(what),
            other => Self::refused(other),
        }
    }
}
