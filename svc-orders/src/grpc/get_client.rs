use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::domain::id::ClientId;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// One client.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetClientRequest>,
) -> Result<pb::GetClientResponse, Error> {
    Caller::of(&request)?;
    let id = ClientId(wire::to_uuid("client_id", &request.get_ref().client_id)?);
    let mut conn = api.db.connection().await?;
    let client = store::clients::find(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::Client))?;
    Ok(pb::GetClientResponse {
        client: Some(convert::client(&client)),
    })
}
