use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::erasure;
use crate::error::Error;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::EraseMyDataRequest>,
) -> Result<pb::EraseMyDataResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _turn = api.gate.turn().await?;
    let erase = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = candidate::application(conn, &token).await?;
        let by = candidate::actor(&application);
        erasure::erase(conn, &mut application, &by, now).await?;
        Ok(pb::EraseMyDataResponse {
            erased_at: application.erased_at.map(convert::timestamp),
        })
    };
    Ok(command(&api.db, &caller, &request, erase).await?)
}
