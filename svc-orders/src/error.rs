//! What can go wrong in this service, and what the caller is told (the one `From<Error> for Refusal`).

use conventions::page::BadToken;
use service_host::{Refusal, database};

use crate::domain::id::ClientId;
use crate::domain::matching::Invalid;
use crate::domain::order::{self, Stage};
use crate::domain::{slot, worker};
use crate::photos;

/// Why a call, a listener or a job didn't do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or not for this caller.
    #[error("there is no such {}", .0.name())]
    NotFound(Thing),
    /// The order's life forbids it.
    #[error(transparent)]
    Order(#[from] order::Refused),
    /// The slot isn't one.
    #[error(transparent)]
    Slot(#[from] slot::Error),
    /// The worker's standing forbids it.
    #[error(transparent)]
    Worker(#[from] worker::Refused),
    /// The steps make no pipeline.
    #[error(transparent)]
    Pipeline(#[from] Invalid),
    /// Somebody else saved a newer version meanwhile.
    #[error("the newest version is {newest}; look at it and try again")]
    PipelineChanged {
        /// The newest version; 0 where there is none.
        newest: i64,
    },
    /// The upstream system's key is known.
    #[error("this client is registered already")]
    ClientKnown(ClientId),
    /// A request id came again with other contents, outside what `command` remembers.
    #[error("this request id was used for something else")]
    RequestReused,
    /// The photo isn't acceptable, or the store failed.
    #[error(transparent)]
    Photo(#[from] photos::Error),
    /// The worker has another order in the slot: the database refused the assignment (O5).
    #[error("the worker has another order in the slot")]
    Overlap,
    /// The worker was suspended while matching was at it.
    #[error("the worker is not active any more")]
    WorkerGone,
    /// Amounts that don't go together, in data that was checked when it came in.
    #[error("amounts don't go together")]
    Money(#[from] money::Error),
    /// A row that can't be.
    #[error("the database holds something that can't be: {0}")]
    Corrupt(String),
    /// The caller's stream broke off, or one of its messages broke the contract's rules; the status says which.
    #[error("the stream of requests ended early")]
    Stream(tonic::Status),
    /// PostgreSQL.
    #[error("the database failed")]
    Database(#[source] diesel::result::Error),
    /// What the host refuses by itself.
    #[error(transparent)]
    Host(#[from] Refusal),
}

/// Something that is looked for by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A client.
    Client,
    /// An order.
    Order,
    /// A worker.
    Worker,
    /// A service type.
    ServiceType,
    /// A photo.
    Photo,
    /// A pipeline, or a version of it.
    Pipeline,
}

impl Thing {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Order => "order",
            Self::Worker => "worker",
            Self::ServiceType => "service type",
            Self::Photo => "photo",
            Self::Pipeline => "pipeline",
        }
    }

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

/// The exclusion constraint is the one database error that means something here; it has a name of its own.
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
            Error::NotFound(thing) => Self::not_found(thing.reason(), text),
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
            // Both mean: lost a race. The same call may well succeed now.
            Error::Overlap | Error::WorkerGone => Self::conflict("CONTENTION", text),
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
        Refused::NotVisible => Refusal::not_found(Thing::Order.reason(), text),
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
