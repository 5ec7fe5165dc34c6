//! B3: an order that ended after a worker had been assigned is settled.

use conventions::wire::to_money;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop, required};
use orders_contract::OrderEvent;
use orders_contract::v1::{OrderCancelled, OrderCompleted, OrderFailed};
use uuid::Uuid;

use super::Listener;
use crate::domain::{Cause, Ending, Entry, OrderEnd, OrderId, WorkerId};
use crate::use_cases::settle_order::settle_order;

impl On<OrderCompleted> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCompleted>) -> Result<(), Stop> {
        let order = OrderEvent::try_from(&event.message)?;
        self.settle(conn, event.id, &order, Ending::Completed).await
    }
}

impl On<OrderCancelled> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCancelled>) -> Result<(), Stop> {
        let order = OrderEvent::try_from(&event.message)?;
        if order.worker_id.is_none() {
            return Ok(());
        }
        self.settle(conn, event.id, &order, Ending::Cancelled).await
    }
}

impl On<OrderFailed> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderFailed>) -> Result<(), Stop> {
        let order = OrderEvent::try_from(&event.message)?;
        self.settle(conn, event.id, &order, Ending::Failed).await
    }
}

impl Listener {
    async fn settle(
        &self,
        conn: &mut AsyncPgConnection,
        event_id: Uuid,
        order: &OrderEvent<'_>,
        ending: Ending,
    ) -> Result<(), Stop> {
        let end = OrderEnd {
            client: messaging::id("order.client_id", &order.order.client_id)?,
            worker: WorkerId(required("worker_id", order.worker_id)?),
            price: to_money(required("price", order.price)?).map_err(Stop::refused)?,
            ending,
        };
        let entry = Entry {
            cause: Cause::event(event_id),
            order: Some(OrderId(order.order_id)),
            note: order.reason.to_owned(),
            by: order.by.into(),
            occurred_at: order.at,
            booked_at: self.clock.now(),
        };
        settle_order(conn, &self.settings, end, entry).await?;
        tracing::info!(order.id = %order.order_id, "settled the order");
        Ok(())
    }
}
