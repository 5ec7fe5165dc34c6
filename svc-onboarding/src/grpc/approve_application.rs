use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, manager};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ApproveApplicationRequest>,
) -> Result<pb::ApproveApplicationResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("application_id", &request.application_id)?;
    let approve = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (by, mut application) = manager::lock(conn, &caller, id).await?;
        let photo = store::photos::find(conn, id).await?;
        let worker = application.approve(&by, &request.reason, photo, now)?;
        store::applications::save(conn, application).await?;
        tracing::info!(application.id = %id, worker.id = %worker, "candidate approved");
        Ok(pb::ApproveApplicationResponse {
            worker_id: worker.to_string(),
        })
    };
    Ok(command(&api.db, &caller, &request, approve).await?)
}
