//! One fact of one order: known from then on, and the pool settled if it is the last one needed.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use messaging::Stop;
use money::Currency;
use prost_types::Timestamp;
use service_host::Clock;
use uuid::Uuid;

use crate::domain::order::{Fact, Order};
use crate::domain::settlement::settle;
use crate::store::{bets, orders, settlements};

/// Listens to all events of orders.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The deployment's currency.
    pub currency: Currency,
    pub clock: Clock,
}

impl Listener {
    /// Adds a fact to what is known of an order, whatever came before it, and settles the pool once
    /// the outcome is known.
    pub(super) async fn learn(
        &self,
        conn: &mut AsyncPgConnection,
        order_id: &str,
        fact: Fact,
    ) -> Result<(), Stop> {
        let id: Uuid = order_id
            .parse()
            .map_err(|_| Stop::refused("the order's id is not a UUID"))?;
        let now = self.clock.now();
        let known = orders::meet(conn, id, now).await?;
        let mut order = known;
        order.learn(fact);
        if order != known {
            orders::save(conn, &order, now).await?;
        }
        self.settle(conn, &order, now).await
    }

    async fn settle(
        &self,
        conn: &mut AsyncPgConnection,
        order: &Order,
        now: DateTime<Utc>,
    ) -> Result<(), Stop> {
        let (Some(outcome), Some(closed_at)) = (order.outcome, order.closed_at) else {
            return Ok(());
        };
        let bets = bets::of_order(conn, order.id).await?;
        if bets.is_empty() {
            return Ok(());
        }
        let settled = settle(&bets, outcome, closed_at, self.currency).map_err(Stop::refused)?;
        // `false` is an event that came again: the order is settled and stays so.
        settlements::insert(conn, order.id, &settled, now).await?;
        Ok(())
    }
}

pub(super) fn time(timestamp: Option<&Timestamp>) -> Result<DateTime<Utc>, Stop> {
    timestamp
        .and_then(conventions::wire::moment)
        .ok_or_else(|| Stop::refused("the event has no valid time"))
}
