use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert, manager};
use crate::domain::applicant::Invalid;
use crate::domain::attempt::{GradingState, Refused};
use crate::domain::score::Score;
use crate::error::Error;
use crate::store;
use crate::use_cases::assess::assess;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GradeAnswerRequest>,
) -> Result<pb::GradeAnswerResponse, Error> {
    let now = api.clock.now();
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("application_id", &request.application_id)?;
    let test = field::id("test_id", &request.test_id)?;
    let score = Score::new(request.score.into())
        .map_err(|_| Invalid::new("score", "a score is a whole number from 0 to 100"))?;
    let grade = async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
        let (by, application) = manager::lock(conn, &caller, id).await?;
        application.may_grade()?;
        let nothing = Refused::NothingToGrade;
        let mut attempt = store::attempts::find(conn, id).await?.ok_or(nothing.clone())?;
        let index = attempt.index(test, &request.task_id).ok_or(nothing)?;
        attempt.grade(index, score)?;
        store::answers::grade(conn, id, index, &GradingState::Scored(score), &request.comment).await?;
        let state = assess(conn, application, &attempt, by, now).await?;
        Ok(pb::GradeAnswerResponse {
            state: convert::state(state).into(),
            answers_left: convert::count(attempt.ungraded()),
        })
    };
    Ok(command(&api.db, &caller, &request, grade).await?)
}
