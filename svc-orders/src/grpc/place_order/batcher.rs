use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use prost::Message as _;
use service_host::requests::claim_all;
use service_host::{Clock, Database, Groups, Refusal, fail_point};

use super::placement::{self, Placement};
use crate::domain::client::Client;
use crate::domain::order::Order;
use crate::domain::service_type::ServiceType;
use crate::store::orders::NewOrders;
use crate::{Error, store};

/// Places the orders of concurrent calls in one transaction (group commit).
#[derive(Clone)]
pub struct PlacementBatcher(Groups<Placement, pb::PlaceOrderResponse>);

impl PlacementBatcher {
    pub fn new(db: &Database, clock: &Clock) -> Self {
        let (db, clock) = (db.clone(), clock.clone());
        Self(Groups::new("place orders", move |batch| {
            let (db, now) = (db.clone(), clock.now());
            async move { place_batch(&db, &batch, now).await }
        }))
    }

    /// `None` if the order must be placed alone: to be refused, or to get its first response again.
    pub(super) async fn place(
        &self,
        placement: Placement,
    ) -> Result<Option<pb::PlaceOrderResponse>, Refusal> {
        self.0.join(placement).await
    }
}

/// After a failure each order is placed alone, so that an invalid order fails only its own call.
async fn place_batch(
    db: &Database,
    batch: &[Placement],
    now: DateTime<Utc>,
) -> Vec<Option<pb::PlaceOrderResponse>> {
    let read = async |conn: &AsyncPgConnection| read(conn, batch).await;
    let place =
        async |(conn, known): (&mut AsyncPgConnection, Known)| place_all(conn, batch, &known, now).await;
    match db.transaction_with(read, place).await {
        Ok(responses) => {
            if responses.iter().any(Option::is_some) {
                fail_point::reach("request::committed");
            }
            responses
        }
        Err(error) => {
            tracing::warn!(%error, group.size = batch.len(), "a batch of orders failed; each order is placed alone");
            vec![None; batch.len()]
        }
    }
}

/// The clients and service types of a batch.
struct Known {
    clients: Vec<Client>,
    services: Vec<ServiceType>,
}

/// Sends both queries together, in one round trip.
async fn read(conn: &AsyncPgConnection, batch: &[Placement]) -> Result<Known, Error> {
    let clients: Vec<_> = batch.iter().map(|placement| placement.client).collect();
    let services: Vec<_> = batch.iter().map(|placement| placement.service).collect();
    let (clients, services) = tokio::try_join!(
        store::clients::find_all(conn, &clients),
        store::service_types::newest_all(conn, &services),
    )?;
    Ok(Known { clients, services })
}

/// An order of the batch that can be placed.
struct Placeable<'a> {
    /// The index in the batch.
    index: usize,
    placement: &'a Placement,
    order: Order,
    response: pb::PlaceOrderResponse,
}

/// Places the new orders of the batch. Refused and repeated ones are left out.
async fn place_all(
    conn: &mut AsyncPgConnection,
    batch: &[Placement],
    known: &Known,
    now: DateTime<Utc>,
) -> Result<Vec<Option<pb::PlaceOrderResponse>>, Error> {
    let mut responses = vec![None; batch.len()];
    let mut placeable = placeable(batch, known, now);
    if placeable.is_empty() {
        return Ok(responses);
    }
    let claims: Vec<_> = placeable
        .iter()
        .map(|one| (&one.placement.claim, one.response.encode_to_vec()))
        .collect();
    let mut new = claim_all(conn, &claims).await?.into_iter();
    placeable.retain(|_| new.next() == Some(true));

    let orders: NewOrders = placeable
        .iter()
        .map(|one| (&one.order, one.placement.trace.clone()))
        .collect();
    messaging::save_pipelined(conn, &orders).await?;
    fail_point::reach("request::answered");
    for one in placeable {
        responses[one.index] = Some(one.response);
    }
    Ok(responses)
}

fn placeable<'a>(batch: &'a [Placement], known: &Known, now: DateTime<Utc>) -> Vec<Placeable<'a>> {
    let placeable = |(index, placement): (usize, &'a Placement)| {
        let client = known
            .clients
            .iter()
            .find(|client| client.id == placement.client)?;
        let service = known
            .services
            .iter()
            .find(|service| service.id == placement.service)?;
        let order = placement.order(client, service, now).ok()?;
        let response = placement::response(&order);
        Some(Placeable {
            index,
            placement,
            order,
            response,
        })
    };
    batch.iter().enumerate().filter_map(placeable).collect()
}
