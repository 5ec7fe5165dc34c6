use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::error::Error;
use crate::use_cases::assess::assess;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::FinishTestRequest>,
) -> Result<pb::FinishTestResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _permit = api.gate.enter_lane().await?;
    let finish = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (application, mut attempt) = candidate::attempt(conn, &token, now).await?;
        attempt.finish_test(now)?;
        let by = application.candidate();
        assess(conn, application, &attempt, by, now).await?;
        Ok(pb::FinishTestResponse {
            tests_left: convert::count(attempt.tests_left()),
        })
    };
    Ok(command(&api.db, &caller, &request, finish).await?)
}
