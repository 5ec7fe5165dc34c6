//! C1: an assigned order gets a kit; one that has another worker now, keeps its kit.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderAssigned;

use crate::domain::cookie::Patience;
use crate::events::read;
use crate::kit_desk;

/// Listens to [`OrderAssigned`].
#[derive(Debug)]
pub struct OnOrderAssigned {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderAssigned> for OnOrderAssigned {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderAssigned>) -> Result<(), Stop> {
        let message = &event.message;
        let mut order = read::order(
            &message.order_id,
            message.version,
            message.order.as_ref(),
            &message.worker_id,
        )?;
        order.worker_name.clone_from(&message.worker_name);
        let worker = read::worker(&message.worker_id)?;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        if let Some(order) = kit_desk::hear(conn, order).await? {
            kit_desk::serve(conn, &order, worker, &asked).await?;
            tracing::info!(order.id = %order.id, "a kit is wanted");
        }
        Ok(())
    }
}
