//! T1: once work has begun, no bets are taken.

use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use orders_contract::v1::OrderStarted;

use crate::domain::order::Fact;
use crate::events::Listener;
use crate::events::learn::time;

impl On<OrderStarted> for Listener {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<OrderStarted>) -> Result<(), Stop> {
        let message = &event.message;
        let fact = Fact::Started(time(message.at.as_ref())?);
        self.learn(conn, &message.order_id, fact).await
    }
}
