//! What may go wrong in this service, and what callers are told.

use std::error::Error as StdError;

use messaging::Stop;
use service_host::{Refusal, database};

use crate::templates;

/// The database holds what this service never wrote.
#[derive(Debug, thiserror::Error)]
#[error("the database holds what this service never wrote")]
pub struct Corrupt(#[source] Box<dyn StdError + Send + Sync>);

impl Corrupt {
    /// What could not be read.
    pub fn new(source: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(source))
    }
}

/// An error of this service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such delivery.
    #[error("no such delivery")]
    DeliveryNotFound,
    /// Only what was given up is sent again.
    #[error("the delivery is {0}, not dead")]
    DeliveryNotDead(String),
    /// A feed belongs to its recipient.
    #[error("the feed is somebody else's")]
    FeedOfAnother,
    /// A template is missing or broken.
    #[error("a template can't be filled in")]
    Template(#[from] templates::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    /// The database holds nonsense.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The host refused.
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

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => Self::Database(source),
            other => Self::refused(other),
        }
    }
}
