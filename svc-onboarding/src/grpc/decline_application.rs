use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert, manager};
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::DeclineApplicationRequest>,
) -> Result<pb::DeclineApplicationResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("application_id", &request.application_id)?;
    let decline = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (by, mut application) = manager::lock(conn, &caller, id).await?;
        application.decline(&by, &request.reason, &request.message, now)?;
        store::applications::save(conn, application).await?;
        Ok(pb::DeclineApplicationResponse {
            declined_at: Some(convert::timestamp(now)),
        })
    };
    Ok(command(&api.db, &caller, &request, decline).await?)
}
