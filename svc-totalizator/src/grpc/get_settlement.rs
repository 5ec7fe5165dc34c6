//! T3: who gives how much to whom.

use service_host::{Caller, field};
use tonic::Request;
use totalizator_contract::v1 as pb;

use crate::error::Error;
use crate::grpc::{Api, convert};
use crate::store::settlements;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetSettlementRequest>,
) -> Result<pb::GetSettlementResponse, Error> {
    let caller = Caller::of(&request)?;
    let id = field::id("order_id", &request.into_inner().order_id)?;
    let conn = &mut *api.db.connection().await?;
    let (settled, at) = settlements::find(conn, id).await?.ok_or(Error::NotSettled)?;
    let you = api.key.pseudonym(caller.subject());
    Ok(pb::GetSettlementResponse {
        settlement: Some(convert::settlement(id, &settled, at, &you)),
    })
}
