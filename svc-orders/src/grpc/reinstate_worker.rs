use diesel_async::AsyncPgConnection;
use orders_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::caller::actor;
use super::{Api, convert};
use crate::domain::ids::WorkerId;
use crate::{Error, store};

/// Lets a suspended worker be matched again (O10).
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ReinstateWorkerRequest>,
) -> Result<pb::ReinstateWorkerResponse, Error> {
    let caller = Caller::of(&request)?;
    let by = actor(&caller)?;
    let request = request.into_inner();
    let id = field::id::<WorkerId>("worker_id", &request.worker_id)?;
    let now = api.clock.now();
    let reinstate = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let change = store::workers::lock(conn, id).await?.reinstate(by, now)?;
        messaging::save(conn, &change).await?;
        tracing::info!(worker.id = %id, manager.id = caller.subject(), "reinstated");
        Ok(pb::ReinstateWorkerResponse {
            worker: Some(convert::worker(&change.worker)),
        })
    };
    Ok(command(&api.db, &caller, &request, reinstate).await?)
}
