use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::id::WorkerId;
use crate::error::{Error, Thing};
use crate::{clock, store, wire};

/// O10: a worker is taken out of matching, and the worker's orders are matched again.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::SuspendWorkerRequest>,
) -> Result<pb::SuspendWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = WorkerId(wire::to_uuid("worker_id", &request.worker_id)?);
    let suspend = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let now = clock::now();
        let worker = store::workers::lock(conn, id)
            .await?
            .ok_or(Error::NotFound(Thing::Worker))?;
        let worker = worker.suspend()?;
        store::workers::save_standing(conn, &worker, by, &request.reason, now).await?;
        let mut orders_unassigned = 0;
        for order in store::orders::lock_assigned(conn, id, now).await? {
            store::orders::save(conn, &order.unassign(by, request.reason.clone(), now)?).await?;
            orders_unassigned += 1;
        }
        tracing::info!(worker.id = %id, manager.id = caller.subject(), orders_unassigned, "suspended");
        Ok(pb::SuspendWorkerResponse {
            worker: Some(convert::worker(&worker)),
            orders_unassigned,
        })
    };
    Ok(command(&api.db, &caller, &request, suspend).await?)
}
