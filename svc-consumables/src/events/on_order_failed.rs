//! C2: a failed order cancels its kit, unless that was issued, and puts the materials back.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderFailed;

use crate::domain::cookie::Patience;
use crate::events::read;
use crate::kit_desk;

/// Listens to [`OrderFailed`].
#[derive(Debug)]
pub struct OnOrderFailed {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderFailed> for OnOrderFailed {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderFailed>) -> Result<(), Stop> {
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
            kit_desk::close(conn, &order, "the order failed", &asked).await?;
        }
        Ok(())
    }
}
