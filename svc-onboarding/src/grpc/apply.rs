use chrono::{DateTime, TimeDelta, Utc};
use conventions::Role;
use conventions::types::Actor;
use diesel_async::AsyncPgConnection;
use onboarding_contract::v1 as pb;
use service_host::{Caller, command};
use tonic::Request;
use uuid::Uuid;

use super::{Api, candidate, convert};
use crate::config::HiringOptions;
use crate::domain::applicant::{Age, Applicant, Email, Language, Name};
use crate::domain::application::{Application, State, Submission};
use crate::domain::challenge;
use crate::domain::form::{self, Answers};
use crate::domain::happened::Happened;
use crate::domain::photo::Photo;
use crate::domain::rate::Limit;
use crate::domain::secret::Token;
use crate::error::Error;
use crate::gate::Proof;
use crate::{erasure, events, store};

/// Applications of one person queue at their allowance of letters: only a manager's decision, an erasure or a confirmation can
/// come between, and each of them at most once.
const TRIES: usize = 4;

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
    let solved = match api.gate.application(sender, proof, now) {
        Ok(solved) => Some(solved),
        // The work was done, and perhaps in time: a repeated request has its first answer (G3), and nothing else.
        Err(Error::Challenge(challenge::Refused::Expired)) => None,
        Err(refused) => return Err(refused),
    };
    let _turn = api.gate.turn().await?;
    if let Some(solved) = solved {
        // In a statement of its own: the work is spent, whatever becomes of the application.
        let mut conn = api.db.connection().await?;
        if !store::challenges::spend(&mut conn, solved, request_id).await? {
            return Err(Error::ChallengeUsed);
        }
    }
    let submit = async |conn: &mut AsyncPgConnection| {
        if solved.is_none() {
            return Err(Error::Challenge(challenge::Refused::Expired));
        }
        submit(conn, &parsed, &api.hiring, now).await
    };
    Ok(command(&api.db, &caller, &request, submit).await?)
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

/// Takes the application, or does as if it were taken: whoever asks hears nothing about the person whose address it is.
async fn submit(
    conn: &mut AsyncPgConnection,
    parsed: &Parsed,
    hiring: &HiringOptions,
    now: DateTime<Utc>,
) -> Result<pb::ApplyResponse, Error> {
    let lifetime = TimeDelta::from_std(hiring.confirm_within).unwrap_or(TimeDelta::MAX);
    let confirm_by = now + lifetime;
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
    let person = parsed.applicant.email.person();
    let letters = Limit {
        burst: hiring.letter_burst,
        interval: TimeDelta::from_std(hiring.letter_interval).unwrap_or(TimeDelta::MAX),
    };
    // Whatever becomes of the application, a letter goes out: without one left, nothing is done.
    if store::letter_allowances::take(conn, person, letters, now).await? {
        take_in(conn, &application, parsed, token).await?;
    } else {
        tracing::info!(vacancy.id = %vacancy.id, "an application was passed over: its address had enough letters");
    }
    Ok(pb::ApplyResponse {
        application_id: application.id.to_string(),
        confirm_by: Some(convert::timestamp(confirm_by)),
    })
}

/// One open application per person: one that nobody confirmed makes room, any other stays, and its person is told.
async fn take_in(
    conn: &mut AsyncPgConnection,
    application: &Application,
    parsed: &Parsed,
    token: Token,
) -> Result<(), Error> {
    let (now, person) = (application.submitted_at, parsed.applicant.email.person());
    let by = candidate::actor(application);
    let happened = Happened::Submitted { token };
    for _ in 0..TRIES {
        if store::applications::insert(conn, application, parsed.photo.as_ref(), &by, &happened).await? {
            tracing::info!(
                application.id = %application.id,
                vacancy.id = %application.vacancy,
                "somebody applied"
            );
            return Ok(());
        }
        match store::applications::lock_open(conn, person).await? {
            // It was closed since the insertion met it.
            None => {}
            Some(unconfirmed) if unconfirmed.state == State::Unconfirmed => {
                erasure::forget(conn, unconfirmed, now).await?;
            }
            Some(standing) => {
                let anyone = Actor {
                    role: Role::Anyone.into(),
                    id: String::new(),
                };
                events::publish(conn, &standing, &anyone, now, &Happened::Repeated).await?;
                tracing::info!(application.id = %standing.id, "somebody applied again");
                return Ok(());
            }
        }
    }
    Err(Error::QueueFull)
}
