//! Orders as svc-orders' events describe them. Nothing about them is decided here.

use chrono::{DateTime, Utc};

use crate::domain::ids::{ClientId, OrderId, ServiceTypeId, WorkerId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// The version of the order in the last event received.
    pub version: i64,
    pub client: ClientId,
    pub client_name: String,
    /// `None` while the order waits for a worker.
    pub worker: Option<WorkerId>,
    /// Empty without a worker.
    pub worker_name: String,
    pub service_type: ServiceTypeId,
    /// The version of the service type with which the order was placed.
    pub service_type_version: i64,
    pub service_type_name: String,
    pub description: String,
    pub place: String,
    pub slot_start: DateTime<Utc>,
    pub slot_end: DateTime<Utc>,
    /// Completed, cancelled or failed: the order needs no kit any more.
    pub over: bool,
}

impl Order {
    /// The form that the client signs when the work is done. Times are in UTC.
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
