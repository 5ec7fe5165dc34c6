//! C2: a cancelled order cancels its kit, unless that was issued, and puts the materials back.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderCancelled;

use crate::domain::cookie::Patience;
use crate::events::read;
use crate::kit_desk;

/// Listens to [`OrderCancelled`].
#[derive(Debug)]
pub struct OnOrderCancelled {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderCancelled> for OnOrderCancelled {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCancelled>) -> Result<(), Stop> {
        let message = &event.message;
        let mut order = read::order(
            &message.order_id,
            message.version,
            message.order.as_ref(),
            &message.worker_id,
        )?;
        order.over = true;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        if let Some(order) = kit_desk::hear(conn, order).await? {
            kit_desk::close(conn, &order, "the order was cancelled", &asked).await?;
        }
        Ok(())
    }
}
