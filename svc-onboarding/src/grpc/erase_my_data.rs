use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::error::Error;
use crate::use_cases::erase::erase;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::EraseMyDataRequest>,
) -> Result<pb::EraseMyDataResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _permit = api.gate.enter_lane().await?;
    let erase = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let application = candidate::application(conn, &token).await?;
        let erased_at = erase(conn, application, now).await?;
        Ok(pb::EraseMyDataResponse {
            erased_at: erased_at.map(convert::timestamp),
        })
    };
    Ok(command(&api.db, &caller, &request, erase).await?)
}
