use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::id::WorkerId;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O10: a worker is matched again.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReinstateWorkerRequest>,
) -> Result<pb::ReinstateWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = WorkerId(wire::to_uuid("worker_id", &request.worker_id)?);
    let reinstate = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let worker = store::workers::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Worker))?;
        let worker = worker.reinstate()?;
        store::workers::save_standing(conn, &worker, by, "", clock::now()).await?;
        store::match_queue::want_all(conn).await?;
        tracing::info!(worker.id = %id, manager.id = caller.subject(), "reinstated");
        Ok(pb::ReinstateWorkerResponse {
            worker: Some(convert::worker(&worker)),
        })
    };
    Ok(command(&api.db, &caller, &request, reinstate).await?)
}
