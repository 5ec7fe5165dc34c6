//! Who acts (G6).

use uuid::Uuid;

use super::ids::{ClientId, WorkerId};

/// Who changes an order, a worker or a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Client(ClientId),
    Worker(WorkerId),
    Manager(Uuid),
    /// Another program. It may read everything and register clients; it changes no order.
    Service,
    /// This service itself: matching, a job or a listener.
    System,
}
