use crate::domain::id::{ClientId, OrderId, WorkerId};
use crate::domain::slot::Slot;
use crate::domain::worker::{Record, Traits};

/// The order to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which order. It also seeds whatever is drawn by lot, so that a run can be replayed.
    pub order: OrderId,
    /// When the work is.
    pub slot: Slot,
    /// What the service type asks of a worker.
    pub needs: Traits,
    /// Who was to perform the order that this one repeats.
    pub previous: Option<WorkerId>,
}

/// The client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceSample {
    /// Who.
    pub id: ClientId,
    /// How many of the client's orders were completed.
    pub completed: u32,
}

/// A worker who may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegularSample {
    /// Who.
    pub id: WorkerId,
    /// How the worker is called, for those who read explanations.
    pub name: String,
    /// Not suspended.
    pub active: bool,
    /// Slots of the worker's orders near the task's slot.
    pub busy: Vec<Slot>,
    /// What the tests measured.
    pub traits: Traits,
    /// How the worker's orders ended.
    pub record: Record,
    /// How many orders the worker was given in the window that fairness looks at.
    pub load: u32,
}
