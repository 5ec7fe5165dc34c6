use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, candidate, convert};
use crate::assessment;
use crate::domain::application::{Application, Refused};
use crate::domain::attempt::Attempt;
use crate::domain::happened::Happened;
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
    let _turn = api.gate.turn().await?;
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| begin(conn, &token, now).await,
    )
    .await?;
    Ok(response)
}

async fn begin(
    conn: &mut AsyncPgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<pb::BeginTestResponse, Error> {
    let (mut application, mut attempt) = candidate::attempt(conn, token, now).await?;
    attempt.end_overdue(now);
    let link_expired = application
        .invitation
        .as_ref()
        .is_some_and(|invitation| now >= invitation.expires_at);
    if link_expired && attempt.deadline().is_none() && !attempt.is_over() {
        return Err(Error::Application(Refused::LinkExpired));
    }
    attempt.begin_test(now).map_err(Error::Attempt)?;
    if application.begin().map_err(Error::Application)? {
        let by = candidate::actor(&application);
        store::applications::save(conn, &application, &by, now, Some(&Happened::Started)).await?;
    }
    answer(conn, &mut application, &attempt, now).await
}

async fn answer(
    conn: &mut AsyncPgConnection,
    application: &mut Application,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<pb::BeginTestResponse, Error> {
    let by = candidate::actor(application);
    assessment::go_on(conn, application, attempt, &by, now).await?;
    let number = attempt.sittings.len();
    let test = number
        .checked_sub(1)
        .and_then(|index| attempt.test_set.tests.get(index));
    Ok(pb::BeginTestResponse {
        test_id: test.map(|test| test.id.to_string()).unwrap_or_default(),
        name: test.map(|test| test.name.clone()).unwrap_or_default(),
        number: convert::count(number),
        tests: convert::count(attempt.test_set.tests.len()),
        tasks: convert::count(test.map_or(0, |test| test.tasks.len())),
        deadline: attempt.deadline().map(convert::timestamp),
        server_time: Some(convert::timestamp(now)),
    })
}
