use conventions::page::Page;
use orders_contract::v1 as pb;
use service_host::{Caller, Database};
use tonic::Request;

use super::convert;
use crate::domain::id::ClientId;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// One client.
pub(super) async fn get(
    db: &Database,
    request: Request<pb::GetClientRequest>,
) -> Result<pb::GetClientResponse, Error> {
    Caller::of(&request)?;
    let id = ClientId(wire::to_uuid("client_id", &request.get_ref().client_id)?);
    let mut conn = db.connection().await?;
    let client = store::clients::find(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::Client))?;
    Ok(pb::GetClientResponse {
        client: Some(convert::client(&client)),
    })
}

/// Clients, newest first.
pub(super) async fn list(
    db: &Database,
    request: Request<pb::ListClientsRequest>,
) -> Result<pb::ListClientsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::read("clients", request.page_size, &request.page_token)?;
    let mut conn = db.connection().await?;
    let mut clients = store::clients::list(&mut conn, page.after, page.limit()).await?;
    let next_page_token = page.cut("clients", &mut clients, |client| {
        (client.registered_at, client.id.0)
    });
    Ok(pb::ListClientsResponse {
        clients: clients.iter().map(convert::client).collect(),
        next_page_token,
    })
}
