use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use tonic::Request;

use super::{Api, candidate, convert};
use crate::error::Error;
use crate::store;

/// Needs no request id, because a repeated call returns the same task.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::NextTaskRequest>,
) -> Result<pb::NextTaskResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let token = candidate::token(&request.get_ref().token)?;
    let _permit = api.gate.enter_lane().await?;
    let next = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (_, mut attempt) = candidate::attempt(conn, &token, now).await?;
        let task = attempt.next_task(now)?.map(convert::task);
        store::attempts::save(conn, &attempt).await?;
        Ok(pb::NextTaskResponse {
            task,
            deadline: attempt.deadline().map(convert::timestamp),
            server_time: Some(convert::timestamp(now)),
        })
    };
    api.db.transaction(next).await
}
