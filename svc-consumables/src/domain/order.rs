//! What the department knows of an order: reflected from svc-orders' events, never decided here.

use chrono::{DateTime, Utc};

use crate::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};

/// An order as far as a kit for it needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The order's own count of its changes, as of the last event heard.
    pub version: i64,
    /// For whom.
    pub client: ClientId,
    /// The client's name: on the cookie and on the acceptance form.
    pub client_name: String,
    /// Who performs it; nobody while it waits for a worker.
    pub worker: Option<WorkerId>,
    /// The worker's name, empty without a worker.
    pub worker_name: String,
    /// What is done.
    pub service_type: ServiceTypeId,
    /// The version of the service type that the order keeps.
    pub service_type_version: i64,
    /// The service type's name.
    pub service_type_name: String,
    /// What to do, in the client's words.
    pub description: String,
    /// Where.
    pub place: String,
    /// When it begins; the queue is ordered by it.
    pub slot_start: DateTime<Utc>,
    /// When it ends.
    pub slot_end: DateTime<Utc>,
    /// Completed, cancelled or failed: no kit is wanted any more.
    pub over: bool,
}

impl Order {
    /// The paper that the client signs when the work is done. Times are UTC, and say so.
    pub fn acceptance_form(&self) -> String {
        format!(
            "Acceptance of work\n\nOrder: {}\nService: {}\nWhat was ordered: {}\nPlace: {}\nTime: {} to {} UTC\nWorker: {}\n\n\
             The work is done, I have no claims.\n\nClient: {}\nDate and signature: ____________________\n",
            self.id,
            self.service_type_name,
            self.description,
            self.place,
            self.slot_start.format("%Y-%m-%d %H:%M"),
            self.slot_end.format("%Y-%m-%d %H:%M"),
            self.worker_name,
            self.client_name,
        )
    }
}
