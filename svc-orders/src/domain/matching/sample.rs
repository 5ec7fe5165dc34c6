use crate::domain::ids::{ClientId, OrderId, WorkerId};
use crate::domain::slot::Slot;
use crate::domain::worker::{Record, Traits};

/// The order to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Also the seed of random scores, so that a run can be replayed.
    pub order: OrderId,
    pub slot: Slot,
    /// The traits that the service type needs.
    pub needs: Traits,
    /// The worker of the order that this one repeats.
    pub previous: Option<WorkerId>,
}

/// The client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceSample {
    pub id: ClientId,
    /// How many of the client's orders were completed.
    pub completed: u32,
}

/// A worker who may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularSample {
    pub id: WorkerId,
    /// Shown in explanations.
    pub name: String,
    /// Not suspended.
    pub active: bool,
    /// The slots of the worker's other orders that overlap the task's slot.
    pub busy: Vec<Slot>,
    pub traits: Traits,
    pub record: Record,
    /// How many orders the worker was assigned within the fair-load window.
    pub load: u32,
}
