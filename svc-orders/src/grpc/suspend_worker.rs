use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::ids::WorkerId;
use crate::{Error, store};

/// Suspends a worker; the worker's assigned orders are matched again (O10).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::SuspendWorkerRequest>,
) -> Result<pb::SuspendWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id::<WorkerId>("worker_id", &request.worker_id)?;
    let now = api.clock.now();
    let suspend = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let worker = store::workers::lock(conn, id).await?;
        let change = worker.suspend(by, request.reason.clone(), now)?;
        messaging::save(conn, &change).await?;
        let mut orders_unassigned = 0;
        for order in store::orders::lock_assigned(conn, id, now).await? {
            messaging::save(conn, &order.unassign(by, request.reason.clone(), now)?).await?;
            orders_unassigned += 1;
        }
        tracing::info!(worker.id = %id, manager.id = caller.subject(), orders_unassigned, "suspended");
        Ok(pb::SuspendWorkerResponse {
            worker: Some(convert::worker(&change.worker)),
            orders_unassigned,
        })
    };
    Ok(command(&api.db, &caller, &request, suspend).await?)
}
