//! Who does something (G6).

use uuid::Uuid;

use super::id::{ClientId, WorkerId};

/// Who does something to an order, a worker or a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The client.
    Client(ClientId),
    /// The worker.
    Worker(WorkerId),
    /// A manager.
    Manager(Uuid),
    /// Another program. It may look, and brings clients in; it changes no order.
    Service,
    /// Matching, the no-show scan, a listener: nobody in particular.
    System,
}
