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
    request: Request<pb::DeclineApplicationRequest>,
) -> Result<pb::DeclineApplicationResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let manager_id = caller.subject_uuid()?;
    let request = request.into_inner();
    let id = convert::id("application_id", &request.application_id)?;
    let decline = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = manager::application(conn, &caller, id).await?;
        application
            .decline(manager_id, &request.reason, now)
            .map_err(Error::Application)?;
        let happened = Happened::Declined {
            message: request.message.trim().to_owned(),
        };
        store::applications::save(conn, &application, &caller.actor(), now, Some(&happened)).await?;
        Ok(pb::DeclineApplicationResponse {
            declined_at: Some(convert::timestamp(now)),
        })
    };
    Ok(command(&api.db, &caller, &request, decline).await?)
}
