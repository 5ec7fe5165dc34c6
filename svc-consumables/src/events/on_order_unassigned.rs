//! The worker was taken off: the kit is cancelled, the next worker gets one of their own. The cookie stays the client's.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderUnassigned;

use crate::domain::cookie::Patience;
use crate::events::read;
use crate::kit_desk;

/// Listens to [`OrderUnassigned`].
#[derive(Debug)]
pub struct OnOrderUnassigned {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderUnassigned> for OnOrderUnassigned {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderUnassigned>) -> Result<(), Stop> {
        let message = &event.message;
        let order = read::order(&message.order_id, message.version, message.order.as_ref(), "")?;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        if let Some(order) = kit_desk::hear(conn, order).await? {
            kit_desk::cancel(conn, &order, "the order lost its worker", &asked).await?;
        }
        Ok(())
    }
}
