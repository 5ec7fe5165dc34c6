//! T1: an order that is placed or assigned takes bets.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::{OrderAssigned, OrderPlaced, OrderUnassigned, OrderWaiting};

use crate::domain::order::Fact;
use crate::events::Listener;

impl On<OrderPlaced> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderPlaced>) -> Result<(), Stop> {
        self.learn(conn, &event.message.order_id, Fact::Open).await
    }
}

impl On<OrderWaiting> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderWaiting>) -> Result<(), Stop> {
        self.learn(conn, &event.message.order_id, Fact::Open).await
    }
}

impl On<OrderAssigned> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderAssigned>) -> Result<(), Stop> {
        self.learn(conn, &event.message.order_id, Fact::Open).await
    }
}

impl On<OrderUnassigned> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderUnassigned>) -> Result<(), Stop> {
        self.learn(conn, &event.message.order_id, Fact::Open).await
    }
}
