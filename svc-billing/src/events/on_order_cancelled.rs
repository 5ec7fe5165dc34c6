//! The order was cancelled: after a worker was assigned the client pays, before there is no price (B3).

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1 as orders;
use service_host::Clock;

use super::settle::{Ended, settle};
use crate::domain::{Ending, Settings};

/// Settles cancelled orders.
#[derive(Debug, Clone)]
pub struct OnOrderCancelled {
    /// The company's settings.
    pub settings: Arc<Settings>,
    pub clock: Clock,
}

impl On<orders::OrderCancelled> for OnOrderCancelled {
    async fn on(
        &self,
        conn: &mut AsyncPgConnection,
        event: &Received<orders::OrderCancelled>,
    ) -> Result<(), Stop> {
        let message = &event.message;
        if message.worker_id.is_empty() {
            return Ok(());
        }
        let ended = Ended {
            event_id: event.id,
            order_id: &message.order_id,
            order: message.order.as_ref(),
            worker_id: &message.worker_id,
            price: message.price.as_ref(),
            ending: Ending::Cancelled,
            note: &message.reason,
            at: message.at.as_ref(),
            by: message.by.as_ref(),
        };
        settle(conn, &self.settings, ended, self.clock.now()).await
    }
}
