use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::domain::attempt::Accepted;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::SubmitAnswerRequest>,
) -> Result<pb::SubmitAnswerResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _permit = api.gate.enter_lane().await?;
    let submit = async |conn: &mut AsyncPgConnection| submit(conn, &token, &request, now).await;
    Ok(command(&api.db, &caller, &request, submit).await?)
}

async fn submit(
    conn: &mut AsyncPgConnection,
    token: &Token,
    request: &pb::SubmitAnswerRequest,
    now: DateTime<Utc>,
) -> Result<pb::SubmitAnswerResponse, Error> {
    let (application, mut attempt) = candidate::attempt(conn, token, now).await?;
    let answer = convert::answer(request.answer.clone().unwrap_or_default());
    if let Accepted::New(index) = attempt.submit(&request.task_id, answer, now)?
        && let Some(given) = attempt.answers.get(&index)
    {
        store::answers::insert(conn, application.id, index, given).await?;
    }
    Ok(pb::SubmitAnswerResponse {
        tasks_left: convert::count(attempt.tasks_left()),
        server_time: Some(convert::timestamp(now)),
    })
}
