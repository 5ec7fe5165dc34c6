use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use prost::Message as _;
use service_host::requests::claim_all;
use service_host::{Database, Groups, Refusal, fail_point};

use super::placement::{self, Placement};
use crate::domain::client::Client;
use crate::domain::order::Change;
use crate::domain::service_type::ServiceType;
use crate::{Error, store};

/// Places what several clients want at once in one transaction.
#[derive(Clone)]
pub struct Together(Groups<Placement, pb::PlaceOrderResponse>);

impl Together {
    /// In this database.
    pub fn new(db: &Database) -> Self {
        let db = db.clone();
        Self(Groups::new("place orders", move |group| {
            let db = db.clone();
            async move { write(&db, &group).await }
        }))
    }

    /// `None`: this one must be placed alone, to be refused, or to get the answer that it got before.
    pub(super) async fn place(
        &self,
        placement: Placement,
    ) -> Result<Option<pb::PlaceOrderResponse>, Refusal> {
        self.0.join(placement).await
    }
}

/// Writes the group. When that fails, each goes alone, so that only whose fault it is hears of it.
async fn write(db: &Database, group: &[Placement]) -> Vec<Option<pb::PlaceOrderResponse>> {
    let looking_up = async |conn: &AsyncPgConnection| look_up(conn, group).await;
    let placing = async |(conn, known): (&mut AsyncPgConnection, Known)| place_all(conn, group, &known).await;
    match db.transaction_with(looking_up, placing).await {
        Ok(responses) => {
            if responses.iter().any(Option::is_some) {
                fail_point::reach("request::committed");
            }
            responses
        }
        Err(error) => {
            tracing::warn!(%error, group.size = group.len(), "orders could not be placed together; each is placed alone");
            vec![None; group.len()]
        }
    }
}

/// What a group stands on.
struct Known {
    clients: Vec<Client>,
    services: Vec<ServiceType>,
}

/// One round trip: both questions are sent together.
async fn look_up(conn: &AsyncPgConnection, group: &[Placement]) -> Result<Known, Error> {
    let clients: Vec<_> = group.iter().map(|placement| placement.client).collect();
    let services: Vec<_> = group.iter().map(|placement| placement.service).collect();
    let (clients, services) = tokio::try_join!(
        store::clients::find_all(conn, &clients),
        store::service_types::newest_all(conn, &services),
    )?;
    Ok(Known { clients, services })
}

/// A member of the group that can be placed.
struct Placeable<'a> {
    /// Which one of the group.
    place: usize,
    placement: &'a Placement,
    change: Change,
    response: pb::PlaceOrderResponse,
}

/// Places those that can be placed, once each. Refused ones and repeated ones are left out.
async fn place_all(
    conn: &mut AsyncPgConnection,
    group: &[Placement],
    known: &Known,
) -> Result<Vec<Option<pb::PlaceOrderResponse>>, Error> {
    let mut responses = vec![None; group.len()];
    let mut placeable = decide_all(group, known);
    if placeable.is_empty() {
        return Ok(responses);
    }
    let claims: Vec<_> = placeable
        .iter()
        .map(|one| (&one.placement.claim, one.response.encode_to_vec()))
        .collect();
    let mut new = claim_all(conn, &claims).await?.into_iter();
    placeable.retain(|_| new.next() == Some(true));

    let changes: Vec<_> = placeable
        .iter()
        .map(|one| (&one.change, one.placement.trace.clone()))
        .collect();
    store::orders::save_new(conn, &changes).await?;
    fail_point::reach("request::answered");
    for one in placeable {
        responses[one.place] = Some(one.response);
    }
    Ok(responses)
}

fn decide_all<'a>(group: &'a [Placement], known: &Known) -> Vec<Placeable<'a>> {
    let decide = |(place, placement): (usize, &'a Placement)| {
        let client = known.clients.iter().find(|client| client.id == placement.client);
        let service = known
            .services
            .iter()
            .find(|service| service.id == placement.service);
        let change = placement.decide(client, service).ok()?;
        let response = placement::response(&change);
        Some(Placeable {
            place,
            placement,
            change,
            response,
        })
    };
    group.iter().enumerate().filter_map(decide).collect()
}
