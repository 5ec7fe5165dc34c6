//! An order and its life (O3). Each command is one file: it takes the order and returns a
//! [`Change`], or why it is [`Refused`]. An order changes its state in no other way.

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
use money::Money;

pub use refused::{Command, Refused};

use super::actor::Actor;
use super::ids::{ClientId, OrderId, PhotoId, ServiceTypeId, WorkerId};
use super::matching::Reason;
use super::pricing::Price;
use super::slot::Slot;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub client: ClientId,
    /// The client's name when the order was placed.
    pub client_name: String,
    pub service: ServiceVersion,
    pub brief: Brief,
    pub slot: Slot,
    /// The order that this one repeats (O7).
    pub repeats: Option<OrderId>,
    pub state: State,
    pub placed_at: DateTime<Utc>,
    /// 1 when placed; grows by one with every change.
    pub version: i64,
}

/// The version of a service type that was ordered (O2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceVersion {
    pub id: ServiceTypeId,
    pub version: i64,
    /// The name in that version.
    pub name: String,
}

/// The client's instructions for the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub description: String,
    /// The address.
    pub place: String,
    /// The contact person at the place, and how to reach them.
    pub contact: String,
}

/// The state with everything that is known in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Looks for a worker.
    Placed {
        /// The client was told that no worker is available (O4).
        waiting: bool,
    },
    Assigned(Assignment),
    InProgress(Assignment, Evidence),
    /// Final.
    Completed {
        assignment: Assignment,
        start: Evidence,
        /// The photo of the report that the client signed.
        report: Evidence,
    },
    /// Cancelled before work started. Final.
    Cancelled {
        assignment: Option<Assignment>,
        /// May be empty.
        reason: String,
        at: DateTime<Utc>,
    },
    /// Final.
    Failed {
        assignment: Assignment,
        /// `None` if work had not started.
        start: Option<Evidence>,
        failure: Failure,
    },
}

/// The worker of an order, the price, and why matching chose this worker (M1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub worker: WorkerId,
    /// The worker's name when assigned.
    pub worker_name: String,
    pub price: Price,
    pub pipeline: String,
    pub pipeline_version: i64,
    /// One per step of the pipeline.
    pub reasons: Vec<Reason>,
    pub at: DateTime<Utc>,
}

/// A photo and when it was given as proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub photo: PhotoId,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// As reported; empty for a no-show.
    pub reason: String,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FailureKind {
    /// The worker did not start within the grace period.
    NoShow,
    /// Reported by the client, the worker or a manager.
    Reported,
}

/// The name of a [`State`], as the database stores it and as refusals show it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr, strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    Placed,
    Assigned,
    InProgress,
    Completed,
    Cancelled,
    Failed,
}

/// The result of a command on an existing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The order after the change.
    pub order: Order,
    /// The stage before the change.
    pub from: Stage,
    pub event: Event,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// What happened to an order after it was placed, with everything that other services are told.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// No worker is available. Sent once per wait.
    Waiting,
    Assigned(Assignment),
    /// The order lost its worker and is matched again.
    Unassigned {
        worker: WorkerId,
        reason: String,
    },
    Started {
        worker: WorkerId,
        photo: PhotoId,
    },
    Completed {
        worker: WorkerId,
        price: Money,
        photo: PhotoId,
    },
    /// With the assignment that it ends, if any.
    Cancelled {
        assignment: Option<Assignment>,
        reason: String,
    },
    Failed {
        worker: WorkerId,
        price: Money,
        failure: Failure,
    },
}

impl Order {
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

    /// `None` before a worker was found, and for an order that was cancelled before that.
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

    /// `None` if work has not started.
    pub fn start_evidence(&self) -> Option<Evidence> {
        match &self.state {
            State::InProgress(_, start) | State::Completed { start, .. } => Some(*start),
            State::Failed { start, .. } => *start,
            State::Placed { .. } | State::Assigned(_) | State::Cancelled { .. } => None,
        }
    }

    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            State::Completed { report, .. } => Some(report.at),
            State::Cancelled { at, .. } => Some(*at),
            State::Failed { failure, .. } => Some(failure.at),
            State::Placed { .. } | State::Assigned(_) | State::InProgress(..) => None,
        }
    }

    /// Whether `actor` may see the order: its client, its worker, managers and the company's
    /// programs.
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

    /// The only way to a new state.
    fn change(self, state: State, event: Event, by: Actor, at: DateTime<Utc>) -> Change {
        let from = self.stage();
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
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether no command leads out of this stage.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod transitions;
