//! The order failed: the client pays, the worker is fined (B3).

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;
use service_host::Clock;

use super::settle::{Ended, settle};
use crate::domain::{Ending, Settings};

/// Settles failed orders.
#[derive(Debug, Clone)]
pub struct OnOrderFailed {
    /// The company's settings.
    pub settings: Arc<Settings>,
    pub clock: Clock,
}

impl On<orders::OrderFailed> for OnOrderFailed {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::OrderFailed>,
    ) -> Result<(), Stop> {
        let message = &event.message;
        let ended = Ended {
            event_id: event.id,
            order_id: &message.order_id,
            order: message.order.as_ref(),
            worker_id: &message.worker_id,
            price: message.price.as_ref(),
            ending: Ending::Failed,
            note: &message.reason,
            at: message.at.as_ref(),
            by: message.by.as_ref(),
        };
        settle(conn, &self.settings, ended, self.clock.now()).await
    }
}
