//! An order and its life (O3). Each command is one file: it takes the order as it was and gives the [`Change`], or says
//! why it is [`Refused`]. There is no other way from one state to another.

mod add_photo;
mod assign;
mod cancel;
mod complete;
mod expire;
mod fail;
mod place;
mod refused;
mod repeat;
mod start;
mod unassign;
mod wait;

use chrono::{DateTime, Utc};

pub use refused::{Command, Refused};

use super::actor::Actor;
use super::id::{ClientId, OrderId, PhotoId, ServiceTypeId, WorkerId};
use super::matching::Reason;
use super::pricing::Price;
use super::slot::Slot;

/// What a client ordered, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which one.
    pub id: OrderId,
    /// Whose.
    pub client: ClientId,
    /// The client's name when the order was placed.
    pub client_name: String,
    /// What kind of service. The version stays the one that was ordered (O2).
    pub service: ServiceVersion,
    /// What to do, where, and whom to ask for.
    pub brief: Brief,
    /// When.
    pub slot: Slot,
    /// The order that this one repeats (O7).
    pub repeats: Option<OrderId>,
    /// What has become of it.
    pub state: State,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// How many changes it has seen; 1 when placed.
    pub version: i64,
}

/// A service type in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceVersion {
    /// Which service type.
    pub id: ServiceTypeId,
    /// Which version of it.
    pub version: i64,
    /// How that version is called.
    pub name: String,
}

/// What the worker has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// What to do, in the client's words.
    pub description: String,
    /// Where: an address.
    pub place: String,
    /// Whom to ask for on the spot, and how to reach them.
    pub contact: String,
}

/// What has become of an order, with everything that this state knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Looking for a worker. `waiting` once the client was told that nobody is free (O4).
    Placed {
        /// Whether the client was told.
        waiting: bool,
    },
    /// A worker is to come.
    Assigned(Assignment),
    /// The worker is at it.
    InProgress(Assignment, Evidence),
    /// Done. Final.
    Completed {
        /// Who did it, and for how much.
        assignment: Assignment,
        /// The photo from the start.
        start: Evidence,
        /// The photo of the report that the client signed.
        report: Evidence,
    },
    /// Called off before work started. Final.
    Cancelled {
        /// Who was to come, if anybody was.
        assignment: Option<Assignment>,
        /// Why; may be empty.
        reason: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Went wrong. Final.
    Failed {
        /// Who was to do it.
        assignment: Assignment,
        /// The photo from the start, if it had started.
        start: Option<Evidence>,
        /// How it went wrong.
        failure: Failure,
    },
}

/// Who performs an order, for how much, and why that worker (M1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub worker: WorkerId,
    /// The worker's name at that time.
    pub worker_name: String,
    /// For how much.
    pub price: Price,
    /// The pipeline that chose.
    pub pipeline: String,
    /// Its version.
    pub pipeline_version: i64,
    /// What each step had to say for the worker.
    pub reasons: Vec<Reason>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A photo that proves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Which photo.
    pub photo: PhotoId,
    /// When it was given as proof.
    pub at: DateTime<Utc>,
}

/// How an order went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In which way.
    pub kind: FailureKind,
    /// In the words of who reported it; empty for a no-show.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// In which way an order went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The worker didn't start within the grace period.
    NoShow,
    /// Client, worker or manager said so.
    Reported,
}

/// The state's name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// See [`State::Placed`].
    Placed,
    /// See [`State::Assigned`].
    Assigned,
    /// See [`State::InProgress`].
    InProgress,
    /// See [`State::Completed`].
    Completed,
    /// See [`State::Cancelled`].
    Cancelled,
    /// See [`State::Failed`].
    Failed,
}

/// What a command did: the order as it now is, what happened, who did it and when (G6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The order as it now is.
    pub order: Order,
    /// The state that it was in before; none for a new order.
    pub from: Option<Stage>,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// What happened to an order. What it led to stands in the order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The client placed it.
    Placed,
    /// Nobody is free; the client is told, once per wait.
    Waiting,
    /// Matching found a worker.
    Assigned,
    /// The worker can't come; it is matched again.
    Unassigned {
        /// Who was to come.
        worker: WorkerId,
        /// Why not; may be empty.
        reason: String,
    },
    /// Called off.
    Cancelled,
    /// Work began.
    Started,
    /// Work is done.
    Completed,
    /// It went wrong.
    Failed,
}

impl Order {
    /// The state's name.
    pub fn stage(&self) -> Stage {
        match self.state {
            State::Placed { .. } => Stage::Placed,
            State::Assigned(_) => Stage::Assigned,
            State::InProgress(..) => Stage::InProgress,
            State::Completed { .. } => Stage::Completed,
            State::Cancelled { .. } => Stage::Cancelled,
            State::Failed { .. } => Stage::Failed,
        }
    }

    /// Who performs it, or was to. None before matching, and when cancelled before matching.
    pub fn assignment(&self) -> Option<&Assignment> {
        match &self.state {
            State::Placed { .. } => None,
            State::Cancelled { assignment, .. } => assignment.as_ref(),
            State::Assigned(assignment)
            | State::InProgress(assignment, _)
            | State::Completed { assignment, .. }
            | State::Failed { assignment, .. } => Some(assignment),
        }
    }

    /// The photo from the start, if work started.
    pub fn start_evidence(&self) -> Option<Evidence> {
        match &self.state {
            State::InProgress(_, start) | State::Completed { start, .. } => Some(*start),
            State::Failed { start, .. } => *start,
            State::Placed { .. } | State::Assigned(_) | State::Cancelled { .. } => None,
        }
    }

    /// When it ended, if it has.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            State::Completed { report, .. } => Some(report.at),
            State::Cancelled { at, .. } => Some(*at),
            State::Failed { failure, .. } => Some(failure.at),
            State::Placed { .. } | State::Assigned(_) | State::InProgress(..) => None,
        }
    }

    /// Whether this actor may know of the order at all: its client, its worker, any manager, the company's own programs.
    pub fn is_visible_to(&self, actor: Actor) -> bool {
        match actor {
            Actor::Client(client) => client == self.client,
            Actor::Worker(worker) => self.is_performed_by(worker),
            Actor::Manager(_) | Actor::Service | Actor::System => true,
        }
    }

    fn is_performed_by(&self, worker: WorkerId) -> bool {
        self.assignment()
            .is_some_and(|assignment| assignment.worker == worker)
    }

    fn refused(&self, command: Command) -> Refused {
        Refused::InThisState {
            command,
            stage: self.stage(),
        }
    }

    /// The one way to a new state.
    fn change(self, state: State, event: Event, by: Actor, at: DateTime<Utc>) -> Change {
        let from = Some(self.stage());
        let order = Self {
            state,
            version: self.version + 1,
            ..self
        };
        Change {
            order,
            from,
            event,
            by,
            at,
        }
    }
}

impl Stage {
    /// Every state's name.
    pub const ALL: [Self; 6] = [
        Self::Placed,
        Self::Assigned,
        Self::InProgress,
        Self::Completed,
        Self::Cancelled,
        Self::Failed,
    ];

    /// As the database keeps it, and as refusals name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// What [`Self::name`] gave.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether no command leads out of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }
}

impl Event {
    /// As the order's history keeps it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Waiting => "waiting",
            Self::Assigned => "assigned",
            Self::Unassigned { .. } => "unassigned",
            Self::Cancelled => "cancelled",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod transitions;
