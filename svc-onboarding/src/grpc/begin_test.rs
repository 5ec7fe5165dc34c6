use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::domain::application::Refused;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::BeginTestRequest>,
) -> Result<pb::BeginTestResponse, Error> {
    let now = api.clock.now();
    api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let token = candidate::token(&request.token)?;
    let _permit = api.gate.enter_lane().await?;
    let begin = async |conn: &mut AsyncPgConnection| begin(conn, &token, now).await;
    Ok(command(&api.db, &caller, &request, begin).await?)
}

async fn begin(
    conn: &mut AsyncPgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<pb::BeginTestResponse, Error> {
    let (mut application, mut attempt) = candidate::attempt(conn, token, now).await?;
    attempt.end_overdue(now);
    if application.link_expired(now) && attempt.deadline().is_none() && !attempt.is_over() {
        return Err(Refused::LinkExpired.into());
    }
    let (test, _) = attempt.begin_test(now)?;
    let (test_id, name, tasks) = (test.id.to_string(), test.name.clone(), test.tasks.len());
    if application.begin(now)? {
        store::applications::save(conn, application).await?;
    }
    store::attempts::save(conn, &attempt).await?;
    Ok(pb::BeginTestResponse {
        test_id,
        name,
        number: convert::count(attempt.sittings.len()),
        tests: convert::count(attempt.test_set.tests.len()),
        tasks: convert::count(tasks),
        deadline: attempt.deadline().map(convert::timestamp),
        server_time: Some(convert::timestamp(now)),
    })
}
