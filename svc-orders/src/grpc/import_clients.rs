use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, Database, field};
use tonic::{Request, Streaming};
use uuid::Uuid;

use super::Api;
use super::register_client::profile;
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::store::clients::NewClients;
use crate::{Error, store};

/// How many clients one transaction registers.
const BATCH: usize = 500;

/// Registers a stream of clients (O1).
pub(super) async fn handle(
    api: &Api,
    request: Request<Streaming<pb::ImportClientsRequest>>,
) -> Result<pb::ImportClientsResponse, Error> {
    Caller::of_stream(&request)?;
    let mut stream = request.into_inner();
    let mut imported = pb::ImportClientsResponse::default();
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(message) = stream.message().await.map_err(Error::Stream)? {
        batch.push(client(message, api.clock.now())?);
        if batch.len() == BATCH {
            save(&api.db, &batch, &mut imported).await?;
            batch.clear();
        }
    }
    save(&api.db, &batch, &mut imported).await?;
    Ok(imported)
}

/// The client's id is derived from the request's, so that a repeated message means the same client.
fn client(request: pb::ImportClientsRequest, now: DateTime<Utc>) -> Result<Client, Error> {
    let request_id: Uuid = field::id("request_id", &request.request_id)?;
    Ok(Client {
        id: ClientId(Uuid::new_v5(&request_id, b"artel.orders.client")),
        profile: profile(request.person, &request.phone, &request.external_id),
        registered_at: now,
        version: 1,
    })
}

async fn save(
    db: &Database,
    batch: &[Client],
    imported: &mut pb::ImportClientsResponse,
) -> Result<(), Error> {
    // A client that is repeated within a batch must have the same profile each time.
    let mut unique: BTreeMap<ClientId, &Client> = BTreeMap::new();
    for client in batch {
        let first = unique.entry(client.id).or_insert(client);
        if first.profile != client.profile {
            return Err(Error::RequestReused);
        }
    }
    let clients: Vec<Client> = unique.into_values().cloned().collect();
    let inserted = db
        .transaction(async |conn: &mut AsyncPgConnection| insert(conn, &clients).await)
        .await?;
    let registered = i64::try_from(inserted).unwrap_or(i64::MAX);
    imported.registered += registered;
    imported.known += i64::try_from(batch.len()).unwrap_or(i64::MAX) - registered;
    Ok(())
}

async fn insert(conn: &mut AsyncPgConnection, clients: &[Client]) -> Result<usize, Error> {
    if clients.is_empty() {
        return Ok(0);
    }
    let inserted = messaging::save(conn, &NewClients(clients)).await?;
    let rest: Vec<&Client> = clients
        .iter()
        .filter(|client| !inserted.contains(&client.id))
        .collect();
    let ids: Vec<ClientId> = rest.iter().map(|client| client.id).collect();
    let known = store::clients::find_all(conn, &ids).await?;
    let contradicts = |client: &&Client| {
        known
            .iter()
            .any(|known| known.id == client.id && known.profile != client.profile)
    };
    if rest.iter().any(contradicts) {
        return Err(Error::RequestReused);
    }
    Ok(inserted.len())
}
