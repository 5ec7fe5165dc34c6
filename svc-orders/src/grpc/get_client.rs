use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// Returns a client.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetClientRequest>,
) -> Result<pb::GetClientResponse, Error> {
    Caller::of(&request)?;
    let id = field::id("client_id", &request.get_ref().client_id)?;
    let mut conn = api.db.connection().await?;
    let client = store::clients::get(&mut conn, id).await?;
    Ok(pb::GetClientResponse {
        client: Some(convert::client(&client)),
    })
}
