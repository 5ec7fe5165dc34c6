use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert, manager};
use crate::assessment;
use crate::domain::applicant::Invalid;
use crate::domain::attempt::{Mark, Refused};
use crate::domain::score::Score;
use crate::error::Error;
use crate::store;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GradeAnswerRequest>,
) -> Result<pb::GradeAnswerResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = convert::id("application_id", &request.application_id)?;
    let test = convert::id("test_id", &request.test_id)?;
    let score = Score::new(request.score.into()).map_err(|_| out_of_range())?;
    let grade = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let mut application = manager::application(conn, &caller, id).await?;
        application.may_grade().map_err(Error::Application)?;
        let nothing = || Error::Attempt(Refused::NothingToGrade);
        let mut attempt = store::attempts::find(conn, id).await?.ok_or_else(nothing)?;
        let place = attempt.place(test, &request.task_id).ok_or_else(nothing)?;
        attempt.grade(place, score).map_err(Error::Attempt)?;
        store::answers::mark(conn, id, place, &Mark::Scored(score), &request.comment).await?;
        assessment::go_on(conn, &mut application, &attempt, &caller.actor(), now).await?;
        Ok(pb::GradeAnswerResponse {
            state: convert::state(application.state).into(),
            answers_left: convert::count(attempt.ungraded()),
        })
    };
    Ok(command(&api.db, &caller, &request, grade).await?)
}

fn out_of_range() -> Error {
    Error::Invalid(Invalid {
        field: "score".to_owned(),
        why: "a score is a whole number from 0 to 100",
    })
}
