//! T2, T4: an order that has ended settles its pool.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::{FailureKind, OrderCancelled, OrderCompleted, OrderFailed};

use crate::domain::order::{Fact, Outcome};
use crate::events::Listener;
use crate::events::learn::time;

impl On<OrderCompleted> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCompleted>) -> Result<(), Stop> {
        let message = &event.message;
        let fact = Fact::Ended(Outcome::Completed, time(message.at.as_ref())?);
        self.learn(conn, &message.order_id, fact).await
    }
}

impl On<OrderCancelled> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderCancelled>) -> Result<(), Stop> {
        let message = &event.message;
        let fact = Fact::Ended(Outcome::Cancelled, time(message.at.as_ref())?);
        self.learn(conn, &message.order_id, fact).await
    }
}

impl On<OrderFailed> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderFailed>) -> Result<(), Stop> {
        let message = &event.message;
        let outcome = match message.kind() {
            FailureKind::NoShow => Outcome::NoShow,
            FailureKind::Reported => Outcome::Failed,
            FailureKind::Unspecified => {
                return Err(Stop::refused("the event doesn't say how the order failed"));
            }
        };
        let fact = Fact::Ended(outcome, time(message.at.as_ref())?);
        self.learn(conn, &message.order_id, fact).await
    }
}
