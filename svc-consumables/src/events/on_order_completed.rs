//! Done without fetching the kit: nobody will fetch it any more, so its materials go back.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderCompleted;

use crate::domain::cookie::Patience;
use crate::events::read;
use crate::kit_desk;

/// Listens to [`OrderCompleted`].
#[derive(Debug)]
pub struct OnOrderCompleted {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderCompleted> for OnOrderCompleted {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCompleted>) -> Result<(), Stop> {
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
            kit_desk::close(conn, &order, "the order was completed without it", &asked).await?;
        }
        Ok(())
    }
}
