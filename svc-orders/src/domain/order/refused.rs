use super::Stage;
use crate::domain::slot;

/// Something that can be done with an order that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Give it to a worker.
    Assign,
    /// Tell the client that nobody is free.
    Wait,
    /// Take it from its worker.
    Unassign,
    /// Call it off.
    Cancel,
    /// Begin work.
    Start,
    /// Finish work.
    Complete,
    /// Say that it went wrong.
    ReportFailure,
    /// Find that the worker didn't come.
    MarkNoShow,
    /// Place it again.
    Repeat,
    /// Find that nobody was free until the slot was over.
    Expire,
    /// Add an evidence photo. The one command that leaves the state as it is.
    AddPhoto,
}

/// Why a command isn't done. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The order's state doesn't allow it (O3).
    #[error("an order that is {} can't be {}", .stage.name(), .command.participle())]
    InThisState {
        /// What was to be done.
        command: Command,
        /// The state that forbids it.
        stage: Stage,
    },
    /// For this caller there is no such order.
    #[error("there is no such order")]
    NotVisible,
    /// The caller sees the order, but it isn't for such a caller to do.
    #[error("this isn't yours to do: an order is {} by {}", .0.participle(), .0.allowed())]
    NotYours(Command),
    /// A failure of an assigned order is known only once its slot has begun.
    #[error("the slot has not begun; cancel the order instead")]
    SlotNotBegun,
    /// The worker may still start.
    #[error("the grace period is not over")]
    GraceNotOver,
    /// Somebody may still come.
    #[error("the slot is not over")]
    SlotNotOver,
    /// No worker can come any more.
    #[error("the slot is over")]
    SlotOver,
    /// Only an active service type can be ordered (O2).
    #[error("this service type takes no orders")]
    ServiceTypeNotActive,
    /// The slot can't be ordered.
    #[error(transparent)]
    Slot(#[from] slot::Error),
}

impl Command {
    /// Every command that may change an order's state.
    pub const ALL: [Self; 10] = [
        Self::Assign,
        Self::Wait,
        Self::Unassign,
        Self::Cancel,
        Self::Start,
        Self::Complete,
        Self::ReportFailure,
        Self::MarkNoShow,
        Self::Repeat,
        Self::Expire,
    ];

    /// The stable reason of a refusal by state.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Assign => "ORDER_NOT_ASSIGNABLE",
            Self::Wait => "ORDER_NOT_WAITING",
            Self::Unassign => "ORDER_NOT_UNASSIGNABLE",
            Self::Cancel => "ORDER_NOT_CANCELLABLE",
            Self::Start => "ORDER_NOT_STARTABLE",
            Self::Complete => "ORDER_NOT_COMPLETABLE",
            Self::ReportFailure | Self::MarkNoShow => "ORDER_NOT_FAILABLE",
            Self::Repeat => "ORDER_NOT_REPEATABLE",
            Self::Expire => "ORDER_NOT_EXPIRABLE",
            Self::AddPhoto => "ORDER_TAKES_NO_PHOTOS",
        }
    }

    fn participle(self) -> &'static str {
        match self {
            Self::Assign => "assigned",
            Self::Wait => "kept waiting",
            Self::Unassign => "matched again",
            Self::Cancel => "cancelled",
            Self::Start => "started",
            Self::Complete => "completed",
            Self::ReportFailure | Self::MarkNoShow => "reported as failed",
            Self::Repeat => "repeated",
            Self::Expire => "given up",
            Self::AddPhoto => "given photos",
        }
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Assign | Self::Wait | Self::Unassign | Self::MarkNoShow | Self::Expire => "the system",
            Self::Cancel => "its client or a manager",
            Self::Start | Self::Complete | Self::AddPhoto => "its worker",
            Self::ReportFailure => "its client, its worker or a manager",
            Self::Repeat => "its client",
        }
    }
}
