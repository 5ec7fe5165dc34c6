use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, manager};
use crate::domain::happened::Happened;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ApproveApplicationRequest>,
) -> Result<pb::ApproveApplicationResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let manager_id = caller.subject_uuid()?;
    let request = request.into_inner();
    let id = convert::id("application_id", &request.application_id)?;
    let approve = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = manager::application(conn, &caller, id).await?;
        let worker = application
            .approve(manager_id, &request.reason, now)
            .map_err(Error::Application)?;
        let photo = store::photos::find(conn, id).await?;
        let happened = Happened::Approved { photo };
        store::applications::save(conn, &application, &caller.actor(), now, Some(&happened)).await?;
        tracing::info!(application.id = %id, worker.id = %worker, "a candidate became a worker");
        Ok(pb::ApproveApplicationResponse {
            worker_id: worker.to_string(),
        })
    };
    Ok(command(&api.db, &caller, &request, approve).await?)
}
