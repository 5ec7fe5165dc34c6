use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, candidate, convert};
use crate::domain::applicant::{Age, Applicant, Email, Language, Name};
use crate::domain::application::{Application, Submission};
use crate::domain::form::{self, Answers};
use crate::domain::happened::Happened;
use crate::domain::photo::Photo;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::gate::Proof;
use crate::store;

/// An application whose fields are sound.
struct Parsed {
    vacancy: Uuid,
    applicant: Applicant,
    answers: Answers,
    photo: Option<Photo>,
}

/// The cheap comes first: fields and proof of work are checked, and the sender counted, before the database hears of it.
pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ApplyRequest>,
) -> Result<pb::ApplyResponse, Error> {
    let now = api.clock.now();
    let sender = api.gate.call(&request, now)?;
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let parsed = parse(&request)?;
    let request_id = convert::id("request_id", &request.request_id)?;
    let proof = Proof {
        request: request_id,
        vacancy: parsed.vacancy,
        challenge: &request.challenge,
        nonce: request.nonce,
    };
    let solved = api.gate.application(sender, proof, now)?;
    let _turn = api.gate.turn().await?;
    // In a statement of its own: the work is spent, whatever becomes of the application.
    let mut conn = api.db.connection().await?;
    if !store::challenges::spend(&mut conn, solved, request_id).await? {
        return Err(Error::ChallengeUsed);
    }
    drop(conn);
    let lifetime = TimeDelta::from_std(api.hiring.confirm_within).unwrap_or(TimeDelta::MAX);
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| submit(conn, &parsed, now, now + lifetime).await,
    )
    .await?;
    Ok(response)
}

fn parse(request: &pb::ApplyRequest) -> Result<Parsed, Error> {
    Ok(Parsed {
        vacancy: convert::id("vacancy_id", &request.vacancy_id)?,
        applicant: Applicant {
            name: Name::parse(&request.name).map_err(Error::Invalid)?,
            age: Age::new(request.age).map_err(Error::Invalid)?,
            email: Email::parse(&request.email).map_err(Error::Invalid)?,
            language: Language::parse(&request.language).map_err(Error::Invalid)?,
        },
        answers: convert::form(request.form_answers.clone())?,
        photo: Photo::check(request.photo.clone()).map_err(Error::Invalid)?,
    })
}

async fn submit(
    conn: &mut AsyncPgConnection,
    parsed: &Parsed,
    now: DateTime<Utc>,
    confirm_by: DateTime<Utc>,
) -> Result<pb::ApplyResponse, Error> {
    let vacancy = store::catalogue::vacancy(conn, parsed.vacancy)
        .await?
        .ok_or(Error::VacancyNotFound(parsed.vacancy))?;
    let answers = form::fill(&vacancy.questions, &parsed.answers).map_err(Error::Invalid)?;
    let id = Uuid::now_v7();
    let token = Token::new(id, rand::random());
    let submission = Submission {
        id,
        vacancy: &vacancy,
        applicant: parsed.applicant.clone(),
        form: answers,
        token: &token,
        confirm_by,
    };
    let application = Application::submit(submission, now).map_err(Error::Application)?;
    let by = candidate::actor(&application);
    let photo = parsed.photo.as_ref();
    let happened = Happened::Submitted { token };
    if !store::applications::insert(conn, &application, photo, &by, &happened).await? {
        return Err(Error::ApplicationOpen);
    }
    tracing::info!(application.id = %application.id, vacancy.id = %vacancy.id, "somebody applied");
    Ok(pb::ApplyResponse {
        application_id: application.id.to_string(),
        confirm_by: Some(convert::timestamp(confirm_by)),
    })
}
