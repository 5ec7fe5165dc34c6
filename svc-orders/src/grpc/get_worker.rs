use orders_contract::v1 as pb;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert};
use crate::{Error, store};

/// Returns a worker, with the photo of the application.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetWorkerRequest>,
) -> Result<pb::GetWorkerResponse, Error> {
    Caller::of(&request)?;
    let id = field::id("worker_id", &request.get_ref().worker_id)?;
    let mut conn = api.db.connection().await?;
    let worker = store::workers::get(&mut conn, id).await?;
    let portrait = store::workers::portrait(&mut conn, id).await?;
    Ok(pb::GetWorkerResponse {
        worker: Some(convert::worker(&worker)),
        portrait,
    })
}
