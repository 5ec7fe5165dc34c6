use super::Stage;
use crate::domain::slot;

/// A command on an existing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::VariantArray)]
pub enum Command {
    Assign,
    Wait,
    Unassign,
    Cancel,
    Start,
    Complete,
    ReportFailure,
    MarkNoShow,
    Repeat,
    Expire,
    /// The only command that leaves the state as it is.
    AddPhoto,
}

/// Why a command was refused. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The order's state does not allow the command (O3).
    #[error("an order that is {} cannot be {}", .stage.name(), .command.participle())]
    InThisState { command: Command, stage: Stage },
    /// The caller may not know that the order exists.
    #[error("there is no such order")]
    NotVisible,
    /// The caller sees the order, but may not give this command.
    #[error("an order can only be {} by {}", .0.participle(), .0.allowed())]
    NotYours(Command),
    /// An assigned order can fail only once its slot has begun.
    #[error("the slot has not begun; cancel the order instead")]
    SlotNotBegun,
    #[error("the grace period is not over")]
    GraceNotOver,
    #[error("the slot is not over")]
    SlotNotOver,
    #[error("the slot is over")]
    SlotOver,
    /// Only an active service type can be ordered (O2).
    #[error("this service type takes no orders")]
    ServiceTypeNotActive,
    #[error(transparent)]
    Slot(#[from] slot::Error),
}

impl Command {
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
            Self::Expire => "expired",
            Self::AddPhoto => "given photos",
        }
    }

    /// Who may give the command.
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
