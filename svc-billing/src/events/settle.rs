//! What every ending of an order comes to: one transaction, caused by the event.

use chrono::{DateTime, Utc};
use conventions::types;
use diesel_async::AsyncPgConnection;
use messaging::Stop;
use orders_contract::v1 as orders;
use uuid::Uuid;

use crate::Error;
use crate::domain::{
    Actor, Cause, ClientId, Ending, Entry, OrderEnd, OrderId, Owner, Settings, Transaction, WorkerId,
};
use crate::store::{accounts, journal};
use crate::wire;

/// An event that ended an order after a worker had been assigned.
pub(super) struct Ended<'a> {
    pub event_id: Uuid,
    pub order_id: &'a str,
    pub order: Option<&'a orders::OrderSummary>,
    pub worker_id: &'a str,
    pub price: Option<&'a types::Money>,
    pub ending: Ending,
    /// Why it ended so, in somebody's words.
    pub note: &'a str,
    pub at: Option<&'a prost_types::Timestamp>,
    pub by: Option<&'a types::Actor>,
}

/// Books it. Waits until both accounts are known, also where the worker's stays as it is: an order whose worker nobody
/// has heard of is not settled on half of what there is to know.
pub(super) async fn settle(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    ended: Ended<'_>,
    booked_at: DateTime<Utc>,
) -> Result<(), Stop> {
    let price = wire::parse_money(ended.price)?;
    if price.is_negative() {
        return Err(Stop::refused("the price is negative"));
    }
    if price.currency() != settings.currency {
        return Err(Error::CurrencyUnknown(price.currency().code().to_owned()).into());
    }
    let client = ended
        .order
        .map(|order| order.client_id.as_str())
        .unwrap_or_default();
    let end = OrderEnd {
        client: ClientId(wire::parse_id("order.client_id", client)?),
        worker: WorkerId(wire::parse_id("worker_id", ended.worker_id)?),
        price,
        ending: ended.ending,
    };
    for owner in [Owner::Client(end.client), Owner::Worker(end.worker)] {
        accounts::get(conn, &owner).await?;
    }
    let postings = settings.rules.settle(end).map_err(Error::from)?;
    if postings.is_empty() {
        return Ok(());
    }
    let entry = Entry {
        cause: Cause::event(ended.event_id),
        order: Some(OrderId(wire::parse_id("order_id", ended.order_id)?)),
        note: ended.note.to_owned(),
        by: ended.by.map_or_else(Actor::system, wire::parse_actor),
        occurred_at: wire::parse_timestamp(ended.at).unwrap_or(booked_at),
        booked_at,
    };
    let transaction = Transaction::new(entry, postings).map_err(Error::from)?;
    journal::book(conn, settings, &transaction).await?;
    tracing::info!(order.id = %ended.order_id, "the order is settled");
    Ok(())
}
