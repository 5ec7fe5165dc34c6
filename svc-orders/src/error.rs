//! This service's errors, and what callers are told of them.

use conventions::page::BadToken;
use service_host::{Refusal, database};

use crate::domain::ids::ClientId;
use crate::domain::matching::Invalid;
use crate::domain::order::{self, Stage};
use crate::domain::{slot, worker};
use crate::photos;

/// Why a call, a listener or a job failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The resource does not exist, or the caller may not know that it does.
    #[error("there is no such {0}")]
    NotFound(Resource),
    #[error(transparent)]
    Order(#[from] order::Refused),
    #[error(transparent)]
    Slot(#[from] slot::Error),
    #[error(transparent)]
    Worker(#[from] worker::Refused),
    #[error(transparent)]
    Pipeline(#[from] Invalid),
    /// A newer version was saved meanwhile.
    #[error("the newest version is {newest}; read it and try again")]
    PipelineChanged {
        /// 0 if there is none.
        newest: i64,
    },
    #[error("a client with this external_id is registered already")]
    ClientKnown(ClientId),
    /// For requests that `service_host::command` does not remember.
    #[error("this request_id was used for a request with other contents")]
    RequestReused,
    #[error(transparent)]
    Photo(#[from] photos::Error),
    /// The database refused the assignment (O5).
    #[error("the worker has another order in this slot")]
    Overlap,
    /// The worker was suspended while an order was being matched.
    #[error("the worker is suspended")]
    WorkerSuspended,
    /// The amounts were checked when they were recorded.
    #[error("amounts cannot be combined")]
    Money(#[from] money::Error),
    /// The text names the column and its value.
    #[error("a database row is invalid: {0}")]
    Corrupt(String),
    /// The caller's stream ended early, or a message broke the contract's rules, as the status
    /// says.
    #[error("the stream of requests ended early")]
    Stream(tonic::Status),
    #[error("the database failed")]
    Database(#[source] diesel::result::Error),
    #[error(transparent)]
    Host(#[from] Refusal),
}

/// A resource that is found by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Resource {
    Client,
    Order,
    Worker,
    #[strum(serialize = "service type")]
    ServiceType,
    Photo,
    /// A pipeline, or a version of one.
    Pipeline,
}

impl Resource {
    fn reason(self) -> &'static str {
        match self {
            Self::Client => "CLIENT_NOT_FOUND",
            Self::Order => "ORDER_NOT_FOUND",
            Self::Worker => "WORKER_NOT_FOUND",
            Self::ServiceType => "SERVICE_TYPE_NOT_FOUND",
            Self::Photo => "PHOTO_NOT_FOUND",
            Self::Pipeline => "PIPELINE_NOT_FOUND",
        }
    }
}

/// The exclusion constraint of O5 is the only database error with a meaning of its own.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::DatabaseErrorKind::ExclusionViolation;
        match error {
            diesel::result::Error::DatabaseError(ExclusionViolation, _) => Self::Overlap,
            other => Self::Database(other),
        }
    }
}

impl From<BadToken> for Error {
    fn from(error: BadToken) -> Self {
        Self::Host(error.into())
    }
}

impl database::Failure for Error {
    fn database(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound(resource) => Self::not_found(resource.reason(), text),
            Error::Order(refused) => of_order(refused, text),
            Error::Slot(_) => Self::invalid("slot", text),
            Error::Worker(worker::Refused::AlreadySuspended) => {
                Self::precondition("WORKER_ALREADY_SUSPENDED", text)
            }
            Error::Worker(worker::Refused::AlreadyActive) => {
                Self::precondition("WORKER_ALREADY_ACTIVE", text)
            }
            Error::Pipeline(_) => Self::invalid("steps", text),
            Error::PipelineChanged { newest } => {
                Self::conflict("PIPELINE_CHANGED", text).with("newest", newest.to_string())
            }
            Error::ClientKnown(client) => {
                Self::already_exists("CLIENT_ALREADY_REGISTERED", text).with("client_id", client.to_string())
            }
            Error::RequestReused => Self::conflict("REQUEST_ID_REUSED", text),
            Error::Photo(error) => error.into(),
            // The call lost a race; it may succeed if repeated.
            Error::Overlap | Error::WorkerSuspended => Self::conflict("CONTENTION", text),
            Error::Money(_) | Error::Corrupt(_) | Error::Stream(_) => Self::internal(error),
            Error::Database(source) => source.into(),
            Error::Host(refusal) => refusal,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Stream(status) => status,
            other => Refusal::from(other).into(),
        }
    }
}

fn of_order(refused: order::Refused, text: String) -> Refusal {
    use order::Refused;
    match refused {
        Refused::InThisState { command, stage } => {
            in_state(Refusal::precondition(command.refusal(), text), stage)
        }
        Refused::NotVisible => Refusal::not_found(Resource::Order.reason(), text),
        Refused::NotYours(_) => Refusal::denied("NOT_YOURS", text),
        Refused::SlotNotBegun => in_state(Refusal::precondition("SLOT_NOT_BEGUN", text), Stage::Assigned),
        Refused::GraceNotOver => in_state(Refusal::precondition("GRACE_NOT_OVER", text), Stage::Assigned),
        Refused::SlotOver => in_state(Refusal::precondition("SLOT_OVER", text), Stage::Placed),
        Refused::SlotNotOver => in_state(Refusal::precondition("SLOT_NOT_OVER", text), Stage::Placed),
        Refused::ServiceTypeNotActive => Refusal::precondition("SERVICE_TYPE_NOT_ACTIVE", text),
        Refused::Slot(_) => Refusal::invalid("slot", text),
    }
}

fn in_state(refusal: Refusal, stage: Stage) -> Refusal {
    refusal.with("state", stage.name())
}
