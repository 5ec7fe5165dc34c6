use orders_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::domain::id::WorkerId;
use crate::error::{Error, Thing};
use crate::{store, wire};

/// One worker.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetWorkerRequest>,
) -> Result<pb::GetWorkerResponse, Error> {
    Caller::of(&request)?;
    let id = WorkerId(wire::to_uuid("worker_id", &request.get_ref().worker_id)?);
    let mut conn = api.db.connection().await?;
    let worker = store::workers::find(&mut conn, id)
        .await?
        .ok_or(Error::NotFound(Thing::Worker))?;
    let portrait = store::workers::portrait(&mut conn, id).await?;
    Ok(pb::GetWorkerResponse {
        worker: Some(convert::worker(&worker)),
        portrait,
    })
}
