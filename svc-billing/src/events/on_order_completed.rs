//! The work is done: the client pays, the worker earns (B3).

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;
use service_host::Clock;

use super::settle::{Ended, settle};
use crate::domain::{Ending, Settings};

/// Settles completed orders.
#[derive(Debug, Clone)]
pub struct OnOrderCompleted {
    /// The company's settings.
    pub settings: Arc<Settings>,
    pub clock: Clock,
}

impl On<orders::OrderCompleted> for OnOrderCompleted {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::OrderCompleted>,
    ) -> Result<(), Stop> {
        let message = &event.message;
        let ended = Ended {
            event_id: event.id,
            order_id: &message.order_id,
            order: message.order.as_ref(),
            worker_id: &message.worker_id,
            price: message.price.as_ref(),
            ending: Ending::Completed,
            note: "",
            at: message.at.as_ref(),
            by: message.by.as_ref(),
        };
        settle(conn, &self.settings, ended, self.clock.now()).await
    }
}
