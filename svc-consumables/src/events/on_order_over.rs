//! C2: an order that is over cancels its kit, unless that was issued, and puts the materials back.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::{OrderCancelled, OrderCompleted, OrderFailed};

use crate::domain::cookie::Patience;
use crate::domain::order::Order;
use crate::events::read;
use crate::kit_desk::{self, Asked};

/// Listens to the three ends of an order.
#[derive(Debug)]
pub struct OnOrderOver {
    /// How long to wait for the cookie.
    pub patience: Patience,
}

impl On<OrderFailed> for OnOrderOver {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderFailed>) -> Result<(), Stop> {
        let message = &event.message;
        let (summary, worker) = (message.order.as_ref(), &message.worker_id);
        let order = read::order(&message.order_id, message.version, summary, worker)?;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        close(conn, order, "the order failed", &asked).await
    }
}

impl On<OrderCancelled> for OnOrderOver {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCancelled>) -> Result<(), Stop> {
        let message = &event.message;
        let (summary, worker) = (message.order.as_ref(), &message.worker_id);
        let order = read::order(&message.order_id, message.version, summary, worker)?;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        close(conn, order, "the order was cancelled", &asked).await
    }
}

/// Done without fetching the kit: nobody will fetch it any more, so its materials go back.
impl On<OrderCompleted> for OnOrderOver {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCompleted>) -> Result<(), Stop> {
        let message = &event.message;
        let (summary, worker) = (message.order.as_ref(), &message.worker_id);
        let order = read::order(&message.order_id, message.version, summary, worker)?;
        let asked = read::asked(message.by.as_ref(), message.at.as_ref(), self.patience)?;
        close(conn, order, "the order was completed without it", &asked).await
    }
}

async fn close(
    conn: &mut AsyncPgConnection,
    mut order: Order,
    reason: &str,
    asked: &Asked,
) -> Result<(), Stop> {
    order.over = true;
    if let Some(order) = kit_desk::hear(conn, order).await? {
        kit_desk::close(conn, &order, reason, asked).await?;
    }
    Ok(())
}
